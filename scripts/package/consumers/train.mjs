import * as tickerforest from 'tickerforest';
import * as testing from 'tickerforest/testing';
import { exercise } from './exercise.mjs';

console.log(await exercise(tickerforest, testing));
