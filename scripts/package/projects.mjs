// Fresh projects to try the packed tarball in.
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const run = promisify(execFile);

/** Tools that the repository has no other use for. */
const TOOLS = {
  jest: '30.5.2',
  '@types/jest': '30.0.0',
  'ts-jest': '29.4.15',
  webpack: '5.113.0',
  '@sparticuz/chromium': '147.0.0',
  'puppeteer-core': '24.43.1',
};

/**
 * Runs a program to its end.
 *
 * @param file - the program
 * @param args - its arguments
 * @param options - of `execFile`
 * @returns what it said
 * @throws Error with what it said, if it fails
 */
export async function execute(file, args, options = {}) {
  try {
    return await run(file, args, { maxBuffer: 1 << 26, timeout: 600_000, ...options });
  } catch (error) {
    throw new Error(`${file} ${args.join(' ')} failed:\n${error.stdout ?? ''}${error.stderr ?? ''}`, { cause: error });
  }
}

/** Makes an empty project and installs into it. */
async function install(folder, name, packages) {
  const project = join(folder, name);
  await mkdir(project, { recursive: true });
  await writeFile(join(project, 'package.json'), JSON.stringify({ name, private: true }));
  await execute('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', ...packages], { cwd: project });
  return project;
}

/**
 * Packs what is built, and installs it as a user would: alone, and beside its peers. In both projects there are the folders `cjs` and `esm`, with the
 * consumers, whose package.json says so. Tools are in a project of their own, so that nothing that they need stands in for what the package lacks.
 *
 * @param root - of the repository
 * @param folder - where to make projects
 * @param versions - of Node.js, to be installed too
 * @returns the tarball, and the projects' folders; and of each version of Node.js its program
 */
export async function makeProjects(root, folder, versions) {
  const { stdout: packed } = await execute('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: root });
  const [tarball] = JSON.parse(packed);
  const file = join(folder, tarball.filename);
  const platform = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const { devDependencies, peerDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const [alone, beside, tools] = await Promise.all([
    install(folder, 'alone', [file]),
    install(folder, 'beside-peers', [file, ...Object.keys(peerDependencies).map((name) => `${name}@${devDependencies[name]}`)]),
    install(folder, 'tools', [
      ...Object.entries({ ...TOOLS, typescript: devDependencies.typescript }).map(([name, version]) => `${name}@${version}`),
      ...versions.map((version) => `node-${version}@npm:${platform}@${version}`),
    ]),
  ]);
  for (const project of [alone, beside]) {
    for (const [name, type] of [
      ['cjs', 'commonjs'],
      ['esm', 'module'],
    ]) {
      const consumers = join(project, name);
      await cp(join(root, 'scripts/package/consumers'), consumers, { recursive: true });
      const inCommonJs = { platform: 'node', format: 'cjs', outfile: join(consumers, 'exercise.cjs') };
      await build({ entryPoints: [join(consumers, 'exercise.mjs')], ...inCommonJs });
      await writeFile(join(consumers, 'package.json'), JSON.stringify({ private: true, type }));
    }
  }
  const nodes = versions.map((version) => ({ version, program: join(tools, `node_modules/node-${version}/bin/node`) }));
  return { tarball, alone, beside, tools, nodes };
}
