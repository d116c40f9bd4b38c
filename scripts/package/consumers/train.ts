import * as tickerforest from 'tickerforest';
import * as testing from 'tickerforest/testing';
import { exercise } from './exercise.cjs';

exercise(tickerforest, testing).then((line: string) => console.log(line));
