import { Pool } from '../../src/threads/pool';

// Trains nothing, but has workers: the process ends by itself, long before they would.
const pool = new Pool(process.argv[2]);
const told: number[] = [];
await pool.run<number>({ kind: 'count', to: 5 }, { threads: 1, during: 'testing', onTold: (i) => told.push(i) });
process.stdout.write(`${told.join()} ${pool.workers}`);
