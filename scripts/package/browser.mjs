// `tickerforest/predict` in a browser: how large its bundle is, what it asks for, and whether it forecasts what Node forecasts.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { execute } from './projects.mjs';

/** Most bytes of the bundle, minified. */
const MOST_BYTES = 60_000;

/**
 * @param tools - the project with Chromium
 * @param project - one that has the package and the consumers, as modules
 * @throws Error if the bundle is too large, asks for a module of Node's, or forecasts something else
 */
export async function forecastsInBrowser(tools, project) {
  const options = { bundle: true, minify: true, platform: 'browser', format: 'esm', write: false, metafile: true, logLevel: 'error' };
  const alone = await esbuild.build({ ...options, stdin: { contents: "export * from 'tickerforest/predict';", resolveDir: project } });
  const [{ bytes, imports }] = Object.values(alone.metafile.outputs);
  assert.ok(bytes <= MOST_BYTES, `tickerforest/predict is ${bytes} bytes minified, more than ${MOST_BYTES}`);
  assert.deepEqual(imports, []);
  const asked = Object.values(alone.metafile.inputs).flatMap((input) => input.imports.map(({ path }) => path));
  assert.deepEqual(
    asked.filter((path) => path.startsWith('node:') || path.startsWith('(disabled)')),
    [],
  );

  const { stdout } = await execute(process.execPath, ['predict-models.mjs'], { cwd: project });
  const { given, expected } = JSON.parse(stdout);
  const { outputFiles } = await esbuild.build({ ...options, entryPoints: [join(project, 'predict-page.mjs')] });
  const load = (name) => import(pathToFileURL(createRequire(join(tools, 'package.json')).resolve(name)));
  const [{ default: chromium }, { default: puppeteer }] = await Promise.all([load('@sparticuz/chromium'), load('puppeteer-core')]);
  const browser = await puppeteer.launch({ args: chromium.args, executablePath: await chromium.executablePath(), headless: 'shell' });
  try {
    const page = await browser.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(error));
    await page.addScriptTag({ type: 'module', content: outputFiles[0].text });
    await page.waitForFunction('globalThis.forecasts !== undefined', { timeout: 60_000 });
    const told = await page.evaluate((data) => globalThis.forecasts(data), given);
    assert.deepEqual(errors, []);
    assert.equal(Object.keys(told).length, 3);
    assert.deepEqual(told, expected);
  } finally {
    await browser.close();
  }
}
