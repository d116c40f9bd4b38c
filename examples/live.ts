// Live use: a vendor (here a local server) sends minutes over a WebSocket while they form; each complete one is taken in, and the day is stored at the end.
// The client is Node's own: since 22 it is always there, in 20 with NODE_OPTIONS=--experimental-websocket.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type BarRow, memoryProfileStore, openSymbol, sliceBars, trainSymbol } from 'tickerforest';
import { madeUpMinutes } from './made-up-minutes';

const bars = madeUpMinutes('DEMO', 0, 1_005);
const store = memoryProfileStore();
await trainSymbol({ symbol: 'DEMO', source: sliceBars(bars, 0, 1_000), store });

/** The vendor: the handshake of RFC 6455, then one frame a message. */
const vendor = createServer().on('upgrade', ({ headers }, socket) => {
  const accept = createHash('sha1').update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  const send = (isComplete: boolean, timestamp: number, [open, high, low, close, volume]: readonly number[]) => {
    const text = Buffer.from(JSON.stringify({ isComplete, bar: { timestamp, open, high, low, close, volume } }));
    const size = text.length < 126 ? [text.length] : [126, text.length >> 8, text.length & 255];
    socket.write(Buffer.concat([Buffer.of(0x81, ...size), text]));
  };
  for (let i = 1_000; i < bars.length; i++) {
    send(false, bars.timestamp[i], [bars.open[i], bars.open[i], bars.open[i], bars.open[i], 10]);
    send(true, bars.timestamp[i], [bars.open[i], bars.high[i], bars.low[i], bars.close[i], bars.volume[i]]);
  }
  socket.end(Buffer.from([0x88, 0])); // closes the WebSocket
});
await once(vendor.listen(0, '127.0.0.1'), 'listening');
const address = vendor.address();
const session = await openSymbol({ symbol: 'DEMO', store });
const client = new WebSocket(`ws://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
client.addEventListener('message', ({ data }) => {
  const { bar, isComplete }: { bar: BarRow; isComplete: boolean } = JSON.parse(String(data));
  const { asOf, probabilityUp } = isComplete ? session.next(bar) : session.preview(bar);
  console.log(`${asOf.toISOString()} ${isComplete ? 'complete' : 'forming '} up next: ${probabilityUp}`);
});
await once(client, 'close');
console.log(`stored: ${(await session.commit()).plan.newBars} bars`);
vendor.close();
