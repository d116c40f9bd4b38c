// Draws what `npm run demo` prints as a picture of a terminal, docs/demo.svg. Run: node scripts/demo-picture.mjs
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const CHARACTER = 7.8;
const LINE = 17;
const MARGIN = 16;

rmSync(`${root}/.tickerforest/demo`, { recursive: true, force: true });
const output = execFileSync(process.execPath, ['--import', 'tsx', 'examples/demo.ts'], { cwd: root, encoding: 'utf8' });
const lines = [
  '$ npm run demo',
  '',
  ...output
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd()),
];

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const width = Math.ceil(2 * MARGIN + CHARACTER * Math.max(...lines.map((line) => line.length)));
const height = 2 * MARGIN + LINE * lines.length;
// a width for each line: fonts differ, and tables must stay in line
const rows = lines.flatMap((line, i) => {
  const indent = line.length - line.trimStart().length;
  const text = line.trim();
  if (text === '') return [];
  const [x, y] = [MARGIN + CHARACTER * indent, MARGIN + LINE * (i + 1) - 4];
  return `<text x="${x.toFixed(1)}" y="${y}" textLength="${(CHARACTER * text.length).toFixed(1)}" lengthAdjust="spacingAndGlyphs">${escaped(text)}</text>`;
});
writeFileSync(
  `${root}/docs/demo.svg`,
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Output of npm run demo">
<rect width="100%" height="100%" rx="8" fill="#1b1f24"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#d6deeb" xml:space="preserve">
${rows.join('\n')}
</g>
</svg>
`,
);
