// The packed tarball in fresh projects, as its users load it: `npm run test:package`. Needs npm's registry, or what is cached of it.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { forecastsInBrowser } from './browser.mjs';
import { deadLinks } from './links.mjs';
import { execute, makeProjects } from './projects.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What `engines` must say; the oldest and the newest of its lines are tried. */
const ENGINES = '^20.19 || >=22';
const NODE_VERSIONS = ['20.19.0', '22.0.0', '22.23.3', '24.21.0'];
const FORECAST = /TINY (?:up|down), .*/;
/** Ways that are tried at once. */
const LANES = 2;

const NODE = process.execPath;
const here = (path) => join(ROOT, 'node_modules', path);
const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
const entries = Object.keys(manifest.exports)
  .filter((entry) => entry !== './package.json')
  .map((entry) => entry.replace('.', manifest.name));

const start = performance.now();
const seconds = () => `${((performance.now() - start) / 1_000).toFixed(0)} s`;
const folder = await mkdtemp(join(tmpdir(), 'tickerforest-package-'));
try {
  process.exitCode = (await checkPackage()) ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function checkPackage() {
  const { tarball, alone, beside, tools, nodes } = await makeProjects(ROOT, folder, NODE_VERSIONS);
  const sizes = `${(tarball.size / 1_000).toFixed(0)} kB packed, ${(tarball.unpackedSize / 1_000).toFixed(0)} kB unpacked`;
  console.log(`${tarball.filename}: ${tarball.entryCount} files, ${sizes}; installed after ${seconds()}`);
  const [cjs, esm] = [join(alone, 'cjs'), join(alone, 'esm')];
  const ways = [
    ['no source maps, and every link of the docs leads somewhere', () => checkFiles(tarball, join(alone, 'node_modules', manifest.name))],
    ['engines, and errors by their name', () => checkNames(cjs)],
    ...nodes.flatMap(({ version, program }) => [
      [`Node ${version}, require`, () => trains(program, ['train.cjs'], cjs)],
      [`Node ${version}, import`, () => trains(program, ['train.mjs'], esm)],
      [`Node ${version}, every entry, beside its peers`, () => loadsEveryEntry(program, beside)],
    ]),
    ['formulas, with mathjs and without', () => readsFormulas(alone, beside)],
    ['every entry, after one that has trained', () => loadsAfterTraining(beside)],
    ['npm ls shows the libraries that stand beside it, and nothing where there are none', () => listsPeers(alone, beside)],
    ['nothing behind require that only import can load', () => trains(NODE, ['--no-experimental-require-module', 'train.cjs'], cjs)],
    ['Jest, CommonJS', () => jest(tools, cjs, 'js', { testMatch: ['**/train.jest.cjs'], transform: {} })],
    ['Jest, ts-jest and node10', () => tsJest(tools, cjs)],
    ['Vitest', () => vitest(esm)],
    ['ts-node, CommonJS', () => tsNode(cjs, 'CommonJS', 'node10', [])],
    ['ts-node, ESM', () => tsNode(esm, 'NodeNext', 'nodenext', ['--no-warnings', '--loader', pathToFileURL(here('ts-node/esm.mjs')).href])],
    ['tsx, CommonJS', () => trains(NODE, [here('tsx/dist/cli.mjs'), 'train.ts'], cjs)],
    ['tsx, ESM', () => trains(NODE, [here('tsx/dist/cli.mjs'), 'train.ts'], esm)],
    ['types, node10', () => compiles(join(beside, 'cjs'), 'CommonJS', 'node10')],
    ['types, bundler', () => compiles(join(beside, 'esm'), 'ESNext', 'bundler')],
    ['types, node16, CommonJS', () => compiles(join(beside, 'cjs'), 'Node16', 'node16')],
    ['types, node16, ESM', () => compiles(join(beside, 'esm'), 'Node16', 'node16')],
    ['esbuild, CommonJS', () => bundledByEsbuild(join(cjs, 'train.cjs'), 'cjs')],
    ['esbuild, ESM', () => bundledByEsbuild(join(esm, 'train.mjs'), 'esm')],
    ['esbuild, for a browser: tickerforest/predict in Chromium', () => forecastsInBrowser(tools, esm)],
    ['webpack, CommonJS', () => bundledByWebpack(tools, join(cjs, 'train.cjs'), 'cjs')],
    ['webpack, ESM', () => bundledByWebpack(tools, join(esm, 'train.mjs'), 'mjs')],
  ];
  const forecasts = new Set();
  let failed = 0;
  const queue = ways.values();
  const lane = async () => {
    for (const [name, way] of queue) {
      try {
        const forecast = await way();
        if (forecast !== undefined) forecasts.add(forecast);
        console.log(`ok    ${name}`);
      } catch (error) {
        failed++;
        console.log(`FAILS ${name}: ${error.message}`);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  console.log(
    `package: ${ways.length - failed} of ${ways.length} ways work, after ${seconds()}; the forecast of all: ${[...forecasts].join('; ')}`,
  );
  return failed === 0 && forecasts.size === 1;
}

async function checkFiles({ files }, installed) {
  const paths = files.map(({ path }) => path);
  const maps = paths.filter((path) => path.endsWith('.map'));
  assert.deepEqual(maps, []);
  assert.deepEqual(await deadLinks(installed), []);
}

async function checkNames(cjs) {
  assert.equal(manifest.engines.node, ENGINES);
  const { stdout } = await execute(NODE, ['-p', "require('tickerforest').TickerforestError.name"], { cwd: cjs });
  assert.equal(stdout.trim(), 'TickerforestError');
}

/** Runs a program that trains; gives what it forecasts. */
async function trains(program, args, cwd, env = process.env) {
  const { stdout, stderr } = await execute(program, args, { cwd, env });
  const [line] = FORECAST.exec(stdout + stderr) ?? [];
  assert.ok(line !== undefined, `no forecast in: ${stdout}${stderr}`);
  return line.trim();
}

/** Also the entries that need a package beside them. */
async function loadsEveryEntry(program, project) {
  const check = "if (loaded.some((entry) => Object.keys(entry).length === 0)) throw new Error('an entry exports nothing');";
  const required = `const loaded = [${entries.map((entry) => `require('${entry}')`)}]; ${check}`;
  await execute(program, ['-e', required], { cwd: join(project, 'cjs') });
  const imported = `const loaded = await Promise.all([${entries.map((entry) => `import('${entry}')`)}]); ${check}`;
  await execute(program, ['--input-type=module', '-e', imported], { cwd: join(project, 'esm') });
}

/** What is installed beside it is what its peers ask for: npm says of each that it is used by this package. */
async function listsPeers(alone, beside) {
  const peers = Object.keys(manifest.peerDependencies);
  const used = async (project) => {
    const { stdout } = await execute('npm', ['ls', '--omit=dev', '--json', '--depth=1'], { cwd: project });
    const { dependencies, problems } = JSON.parse(stdout);
    assert.equal(problems, undefined);
    const { dependencies: own = {} } = dependencies[manifest.name];
    return peers.filter((name) => own[name]?.version !== undefined);
  };
  assert.deepEqual(await used(beside), peers);
  assert.deepEqual(await used(alone), []);
}

/** A private field was once taken for an export of its name, so that entries required after the first training had lost it. */
async function loadsAfterTraining(project) {
  const train = "require('./train.cjs'); process.on('exit', () => { for (const entry of ENTRIES) require(entry); })".replace(
    'ENTRIES',
    JSON.stringify(entries),
  );
  await trains(NODE, ['-e', train], join(project, 'cjs'));
}

/** What looks for mathjs looks from where the package is, by require and by import; without it, the error says what to install. */
async function readsFormulas(alone, beside) {
  const read = "for (const name of ['a', 'b']) console.log(formula(name, 'close / open - 1').name);";
  const ways = [
    ['cjs', ['-e', `const { formula } = require('${manifest.name}/formulas'); ${read}`]],
    ['esm', ['--input-type=module', '-e', `import { formula } from '${manifest.name}/formulas'; ${read}`]],
  ];
  for (const [project, args] of ways) {
    const { stdout } = await execute(NODE, args, { cwd: join(beside, project) });
    assert.equal(stdout, 'a\nb\n');
    await assert.rejects(
      execute(NODE, args, { cwd: join(alone, project) }),
      /TickerforestError: formula needs the package mathjs: npm install mathjs/,
    );
  }
}

async function writeTsconfig(project, name, compilerOptions, files) {
  const types = { typeRoots: [here('@types')], types: ['node'] };
  const strict = { strict: true, exactOptionalPropertyTypes: true, target: 'ES2022', lib: ['ES2023'], esModuleInterop: true };
  const path = join(project, name);
  await writeFile(path, JSON.stringify({ compilerOptions: { ...strict, ...types, ...compilerOptions }, files }));
  return path;
}

/** Types of every entry, and that they are no `any`. */
async function compiles(project, module, moduleResolution) {
  const all = `all.${moduleResolution}.ts`;
  await writeFile(join(project, all), entries.map((entry, i) => `export * as entry${i} from '${entry}';\n`).join(''));
  const options = { module, moduleResolution, noEmit: true };
  const path = await writeTsconfig(project, `tsconfig.${moduleResolution}.json`, options, ['types.ts', all]);
  await execute(NODE, [here('typescript/bin/tsc'), '-p', path], { cwd: project });
}

async function tsNode(project, module, moduleResolution, args) {
  await writeTsconfig(project, 'tsconfig.json', { module, moduleResolution }, ['train.ts']);
  const program = args.length === 0 ? [here('ts-node/dist/bin.js'), 'train.ts'] : [...args, 'train.ts'];
  return trains(NODE, program, project, { ...process.env, TS_NODE_COMPILER: here('typescript') });
}

async function jest(tools, project, name, config) {
  const path = join(project, `jest.${name}.json`);
  await writeFile(path, JSON.stringify({ rootDir: project, ...config }));
  return trains(NODE, [join(tools, 'node_modules/jest/bin/jest.js'), '--config', path], project);
}

async function tsJest(tools, project) {
  const options = { module: 'CommonJS', moduleResolution: 'node10', types: ['node', 'jest'] };
  const typeRoots = [here('@types'), join(tools, 'node_modules/@types')];
  const tsconfig = await writeTsconfig(project, 'tsconfig.jest.json', { ...options, typeRoots }, []);
  const transform = { '\\.ts$': [join(tools, 'node_modules/ts-jest'), { tsconfig }] };
  return jest(tools, project, 'ts', { testMatch: ['**/train.jest.ts'], transform });
}

async function vitest(project) {
  await writeFile(join(project, 'vitest.config.mjs'), "export default { test: { globals: true, include: ['*.vitest.mjs'] } };\n");
  return trains(NODE, [here('vitest/vitest.mjs'), 'run', '--root', project], project);
}

async function bundledByEsbuild(entry, format) {
  const outfile = join(folder, `esbuild-${format}`, format === 'esm' ? 'bundle.mjs' : 'bundle.cjs');
  await esbuild.build({ entryPoints: [entry], bundle: true, platform: 'node', format, outfile, logLevel: 'error' });
  return trains(NODE, [outfile], folder);
}

async function bundledByWebpack(tools, entry, extension) {
  const { default: webpack } = await import(pathToFileURL(join(tools, 'node_modules/webpack/lib/index.js')));
  const output = { path: join(folder, 'webpack'), filename: `bundle.${extension}`, module: extension === 'mjs' };
  const experiments = { outputModule: extension === 'mjs' };
  const compiler = webpack({ mode: 'production', target: 'node20', entry, output, experiments });
  const stats = await new Promise((resolve, reject) => compiler.run((error, done) => (error ? reject(error) : resolve(done))));
  assert.ok(!stats.hasErrors(), stats.toString({ all: false, errors: true }));
  return trains(NODE, [join(output.path, output.filename)], folder);
}
