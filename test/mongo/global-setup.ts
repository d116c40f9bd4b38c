import { MongoClient } from 'mongodb';
import type { TestProject } from 'vitest/node';
import { startServer } from './server';
import { findServerProgram, type ServerProgram } from './server-program';

/** The server that the tests of this run use. */
export interface TestMongo {
  /** Its connection string; null: there is no server, and what needs one is skipped. */
  readonly uri: string | null;
  /** A program to start further servers from, that a test may kill; null with `MONGODB_URI`, or without a server. */
  readonly program: ServerProgram | null;
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server that the tests of this run use. */
    mongo: TestMongo;
  }
}

const SKIPPED = [
  '',
  '!'.repeat(100),
  '!! THE MONGODB STORE IS NOT TESTED: there is no server. Set MONGODB_URI, or install Go (go.dev), which builds one,',
  '!! or let a mongod be downloaded. With TICKERFOREST_REQUIRE_MONGO=1 this is an error.',
  '!'.repeat(100),
  '',
].join('\n');

/**
 * Finds and starts one server for all tests of the run, and says which.
 *
 * @param project - the tests that need it
 * @returns ends the server
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const say = (line: string) => console.log(`MongoDB tests: ${line}`);
  const given = process.env.MONGODB_URI;
  if (given !== undefined && given !== '') {
    const version = await versionOf(given).catch((error: unknown) => {
      // an error of the driver's own is too large for the runner to print
      throw new Error(`the server of MONGODB_URI cannot be used: ${error instanceof Error ? error.message : error}`);
    });
    say(`using the server of MONGODB_URI, version ${version}`);
    project.provide('mongo', { uri: given, program: null });
    return async () => {};
  }
  const program = await findServerProgram(say);
  if (program === null) {
    if (process.env.TICKERFOREST_REQUIRE_MONGO === '1') throw new Error(SKIPPED);
    console.log(SKIPPED);
    project.provide('mongo', { uri: null, program });
    return async () => console.log(SKIPPED);
  }
  const server = await startServer(program);
  say(`using ${program.name} at ${server.uri}, which calls itself version ${await versionOf(server.uri)}`);
  project.provide('mongo', { uri: server.uri, program });
  return () => server.dispose();
}

async function versionOf(uri: string): Promise<string> {
  const client = new MongoClient(uri);
  try {
    const { version } = await client.db('admin').command({ buildInfo: 1 });
    return String(version);
  } finally {
    await client.close();
  }
}
