import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { fileBytes, shownPath } from '../../src/bars/file-bytes';
import { failure } from './errors';

const folder = mkdtempSync(join(tmpdir(), 'tickerforest-bytes-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(path: string, signal?: AbortSignal): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const { bytes } of fileBytes(path, signal)) parts.push(bytes);
  return Buffer.concat(parts).toString();
}

function written(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('fileBytes', () => {
  it('reads all members of a gzip file', async () => {
    const path = written('members', Buffer.concat(['one ', 'two ', 'three'].map((text) => gzipSync(text))));
    expect(await read(path)).toBe('one two three');
  });

  it('tells an archive inside of gzip', async () => {
    const { message } = await failure('CSV_FORMAT', () => read(written('zip.gz', gzipSync(Uint8Array.of(0x50, 0x4b, 3, 4, 0)))));
    expect(message).toContain('zip archive');
  });

  it('refuses a folder and a device', async () => {
    expect((await failure('SOURCE_FAILED', () => read(folder))).message).toContain('it is a folder, not a plain file');
    if (process.platform === 'win32') return;
    expect((await failure('SOURCE_FAILED', () => read('/dev/zero'))).message).toContain('it is a device');
  });

  it('refuses named pipes at once, so that other files can still be read', async () => {
    if (process.platform === 'win32') return;
    const pipes = Array.from({ length: 8 }, (_, i) => join(folder, `pipe${i}`));
    for (const pipe of pipes) execFileSync('mkfifo', [pipe]);
    const errors = await Promise.all(pipes.map((pipe) => failure('SOURCE_FAILED', () => read(pipe))));
    expect(errors[0].message).toContain('it is a named pipe');
    expect(await readFile(written('other', 'x'), 'utf8')).toBe('x');
  });

  it('refuses a socket', async () => {
    if (process.platform === 'win32') return;
    const path = join(folder, 'socket');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      expect((await failure('SOURCE_FAILED', () => read(path))).message).toContain('it is a socket');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('hears an abort before it opens the file, and between chunks', async () => {
    const path = written('long', 'x'.repeat(1 << 20));
    const reason = new Error('enough');
    expect((await failure('ABORTED', () => read(path, AbortSignal.abort(reason)))).cause).toBe(reason);
    const abort = new AbortController();
    let chunks = 0;
    await failure('ABORTED', async () => {
      for await (const _ of fileBytes(path, abort.signal)) {
        chunks++;
        abort.abort(reason);
      }
    });
    expect(chunks).toBe(1);
  });

  it('shows paths as they are, but cut, and without what forges lines of a log', async () => {
    expect(shownPath('/data/Kurse für AAPL.csv')).toBe('/data/Kurse für AAPL.csv');
    expect(shownPath('C:\\data\\a.csv')).toBe('C:\\data\\a.csv');
    const { message } = await failure('SOURCE_FAILED', () => read(`/no\nERROR forged\u202e${'x'.repeat(10_000)}`));
    expect(message).not.toContain('\n');
    expect(message).toContain('\\u000aERROR forged\\u202e');
    expect(message.length).toBeLessThan(300);
  });
});
