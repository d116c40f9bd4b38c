import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { ServerProgram } from './server-program';

const LONGEST_START_MS = 60_000;

/** A server process of the tests' own, which they may kill and start again. */
export interface ServerProcess {
  /** Its connection string; the same after a restart. */
  readonly uri: string;
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** Whether its process lives. */
  isRunning(): boolean;
  /** Ends it at once (SIGKILL); its data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  dispose(): Promise<void>;
}

/**
 * @param program - what to run
 * @returns the running server, on a free port and an empty folder
 */
export async function startServer(program: ServerProgram): Promise<ServerProcess> {
  const data = await mkdtemp(join(tmpdir(), 'tickerforest-mongo-'));
  const port = await freePort();
  const uri = `mongodb://127.0.0.1:${port}/`;
  let child: ChildProcess | null = null;
  const isRunning = () => child !== null && child.exitCode === null && child.signalCode === null;
  const kill = async () => {
    if (!isRunning()) return;
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    // who waits for its end must not end before it: nothing else may be under way
    child?.ref();
    child?.kill('SIGKILL');
    await ended;
  };
  const start = async () => {
    await kill();
    const started = spawn(program.path, argumentsOf(program, port, data), { stdio: ['pipe', 'ignore', 'pipe'] });
    child = started;
    let complaint = '';
    started.stderr.on('data', (text) => (complaint = (complaint + text).slice(-2_000)));
    await Promise.race([
      ping(uri),
      new Promise((_, reject) => {
        started.once('error', reject);
        started.once('exit', (code, signal) => reject(new Error(`${program.name} ended with ${code ?? signal}: ${complaint}`)));
      }),
    ]);
    // a server that runs must not keep the tests from ending
    started.unref();
  };
  // an interrupted run must not leave it behind; SIGKILL of this process closes the server's standard input instead
  process.once('exit', () => child?.kill('SIGKILL'));
  await start();
  return {
    uri,
    port,
    isRunning,
    kill,
    start,
    async dispose() {
      await kill();
      await rm(data, { recursive: true, force: true });
    },
  };
}

function argumentsOf({ name }: ServerProgram, port: number, data: string): readonly string[] {
  return name === 'mongod'
    ? ['--port', String(port), '--dbpath', data, '--bind_ip', '127.0.0.1', '--quiet']
    : ['-port', String(port), '-data', data, '-with-stdin'];
}

/**
 * Waits until a server answers.
 *
 * @param uri - its connection string
 * @throws Error if it does not within a minute
 */
export async function ping(uri: string): Promise<void> {
  const bounds = { serverSelectionTimeoutMS: LONGEST_START_MS, connectTimeoutMS: LONGEST_START_MS, socketTimeoutMS: LONGEST_START_MS };
  const client = new MongoClient(uri, bounds);
  try {
    await client.db('admin').command({ ping: 1 });
  } catch (cause) {
    throw new Error(`the server at ${uri} does not answer a ping within ${LONGEST_START_MS / 1_000} s`, { cause });
  } finally {
    await client.close();
  }
}

/** A port below those that systems give to outgoing connections: while the server is down, nobody else must get it. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
