import * as tickerforest from 'tickerforest';
import * as testing from 'tickerforest/testing';
import { exercise } from './exercise.mjs';

test('trains under Vitest', async () => {
  console.log(await exercise(tickerforest, testing));
}, 60_000);
