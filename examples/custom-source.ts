// A vendor's REST interface as a BarSource: pages of JSON, asked for one after the other. The vendor here is a server on this machine.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { allocateBars, type BarSource, memoryProfileStore, trainSymbol } from 'tickerforest';

interface Page {
  /** [time, open, high, low, close, volume] of each bar. */
  bars: number[][];
  /** Time from which to ask for more; null at the end. */
  next: number | null;
}

/** The twenty lines. */
function restBars(base: string): BarSource {
  return {
    async *fetch({ symbol, from = 0, signal }) {
      let next: number | null = from;
      for (let batch = 1; next !== null; batch++) {
        const answer: Response = await fetch(`${base}/${encodeURIComponent(symbol)}?from=${next}`, signal ? { signal } : {});
        // never the URL: a key in it would end in logs
        if (!answer.ok) throw new Error(`the vendor answered ${answer.status}`);
        const page: Page = JSON.parse(await answer.text());
        const bars = allocateBars(page.bars.length);
        page.bars.forEach(([timestamp, open, high, low, close, volume], i) => {
          bars.timestamp[i] = timestamp;
          bars.open[i] = open;
          bars.high[i] = high;
          bars.low[i] = low;
          bars.close[i] = close;
          bars.volume[i] = volume;
        });
        yield { bars, batch };
        next = page.next;
      }
    },
  };
}

// The vendor: 3,000 minutes of a made-up price, 500 a page.
const minutes = Array.from({ length: 3_000 }, (_, i) => {
  const price = 50 + 5 * Math.sin(i / 40) + Math.sin(i * 12.9898);
  return [Date.UTC(2024, 0, 2) + i * 60_000, price, price + 0.1, price - 0.1, price + 0.05 * Math.sin(i), 100 + (i % 50)];
});
const server = createServer((request, response) => {
  const from = Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('from'));
  const rest = minutes.filter(([time]) => time >= from);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ bars: rest.slice(0, 500), next: rest[500]?.[0] ?? null }));
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const { port } = addressOf(server.address());

const result = await trainSymbol({
  symbol: 'SINE/USD',
  source: restBars(`http://127.0.0.1:${port}`),
  store: memoryProfileStore(),
  onProgress: ({ percent, stage, message }) => {
    if (stage === 'fetching') console.log(`${percent.toFixed(0)} % ${message}`);
  },
});
console.log(result.action, result.companyProfile.raw_data);
server.close();

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address;
}
