import * as tickerforest from 'tickerforest';
import * as testing from 'tickerforest/testing';
import { exercise } from './exercise.cjs';

test('trains under Jest, through ts-jest', async () => {
  console.log(await exercise(tickerforest, testing));
}, 60_000);
