import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { STANDARD_TARGETS, targetFacts } from '../src/models/model-header';
import { direction } from '../src/targets/direction';
import { nextReturn } from '../src/targets/returns';

// that it forecasts the same in Chromium is tried with the packed package: scripts/package/browser.mjs
describe('tickerforest/predict', () => {
  it("bundles for a browser within 60 kB, and asks for nothing of Node's", async () => {
    const { metafile, outputFiles } = await build({
      entryPoints: [join(import.meta.dirname, '../src/predict.ts')],
      ...{ bundle: true, minify: true, platform: 'browser', format: 'esm', write: false, metafile: true, outdir: 'none' },
    });
    expect(outputFiles[0].contents.length).toBeLessThanOrEqual(60_000);
    // README, CHANGELOG and docs/models.md say how large it is
    for (const page of ['README.md', 'CHANGELOG.md', 'docs/models.md']) {
      const [, told] = /`tickerforest\/predict`[^\n]* (\d+) kB/.exec(readFileSync(join(import.meta.dirname, '..', page), 'utf8')) ?? [];
      expect(Math.abs(Number(told) - outputFiles[0].contents.length / 1000), page).toBeLessThan(1);
    }
    const asked = Object.values(metafile.inputs).flatMap(({ imports }) => imports);
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter(({ path, external }) => external || !path.startsWith('src/'))).toEqual([]);
  });

  it('spells the standard targets out as they are', () => {
    expect(STANDARD_TARGETS).toEqual({ regression: targetFacts(nextReturn()), classification: targetFacts(direction()) });
    // a file says its target where it is another, which is told by the text
    expect(JSON.stringify(STANDARD_TARGETS.classification)).toBe(JSON.stringify(targetFacts(direction())));
  });
});
