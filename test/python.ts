import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Finds a Python that has some packages: that of PYTHON, the system's, or one with them installed for this test.
 *
 * @param packages - names, as pip and import know them
 * @param scratch - a folder of the test's own
 * @returns its path; undefined, after saying so, if there is none
 */
export function pythonWith(packages: readonly string[], scratch: string): string | undefined {
  const own = join(scratch, 'python', 'bin', 'python');
  const install = () => {
    execFileSync('python3', ['-m', 'venv', join(scratch, 'python')], { stdio: 'ignore', timeout: 60_000 });
    execFileSync(own, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages], {
      stdio: 'ignore',
      timeout: 240_000,
    });
  };
  for (const [python, prepare] of [[process.env.PYTHON, undefined] as const, ['python3', undefined] as const, [own, install] as const]) {
    try {
      if (python === undefined || python === '') continue;
      prepare?.();
      execFileSync(python, ['-c', packages.map((name) => `import ${name}`).join('\n')], { stdio: 'ignore' });
      return python;
    } catch {}
  }
  console.log(`no Python with ${packages.join(' and ')}, and none could be installed: what needs it is NOT TESTED`);
  return undefined;
}
