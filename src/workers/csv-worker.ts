import { readForOther } from '../bars/csv/reading-job';
import { serve } from '../threads/serve';

// The program of the threads that read CSV files: bundled into a text by scripts/build-worker.mjs, with papaparse, which the others do without.

serve(readForOther);
