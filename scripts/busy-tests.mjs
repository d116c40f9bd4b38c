// npm test, again and again, beside processes that never rest: a test that passes only on a quiet machine is found here.
//   node scripts/busy-tests.mjs [runs, 10] [busy processes, 4]
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const [runs = 10, processes = 4] = process.argv.slice(2).map(Number);
const busy = Array.from({ length: processes }, () => spawn(process.execPath, ['-e', 'for (;;);']));
process.on('exit', () => {
  for (const loop of busy) loop.kill('SIGKILL');
});

let green = 0;
for (let run = 1; run <= runs; run++) {
  const start = performance.now();
  const { status, stdout } = spawnSync('npm', ['test'], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync('node_modules/.vitest/quick.json', 'utf8'));
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`run ${run}: exit ${status}, ${numPassedTests} passed, ${numFailedTests} failed, ${seconds} s`);
  if (status === 0) green++;
  else console.log(stdout.slice(-6000));
}
console.log(`${green} of ${runs} runs green beside ${processes} busy processes`);
process.exit(green === runs ? 0 : 1);
