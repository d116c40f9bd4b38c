import { counted, duration, minute, printedAs, type Row, type Sheet } from '../printed';
import type { Bars } from './bars';
import type { CollectedBars } from './collect-bars';

function barsTable(bars: Bars): Sheet {
  const line = (i: number): string =>
    `${minute(new Date(bars.timestamp[i]))}  ${(['open', 'high', 'low', 'close', 'volume'] as const).map((name) => `${name} ${bars[name][i]}`).join(', ')}`;
  const { length } = bars;
  return {
    title: counted(length, 'bar'),
    rows:
      length === 0
        ? []
        : [
            ['first', line(0)],
            ['last', line(length - 1)],
          ],
  };
}

/**
 * Makes what a source had print as its counts.
 *
 * @param collected - bars and counts
 * @returns the same
 */
export function printedCollection(collected: CollectedBars): CollectedBars {
  // a copy: a source may have handed out bars of its own
  return printedAs({ ...collected, bars: printedAs({ ...collected.bars }, barsTable) }, ({ bars, market, offered, rejected, warnings }) => {
    const shown = warnings.slice(0, 3).map(({ code, message }, i): Row => [i === 0 ? 'warnings' : '', `${code}: ${message}`]);
    const { title, rows } = barsTable(bars);
    return {
      title: `${title} of ${duration(market?.interval ?? null)}, of ${counted(offered, 'bar')} that the source sent`,
      rows: [
        ...rows,
        ['rejected', rejected.total === 0 ? 'none' : counted(rejected.total, 'bar')],
        ...(shown.length === 0 ? ([['warnings', 'none']] as const) : shown),
      ],
    };
  });
}
