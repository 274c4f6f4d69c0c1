import { asSent } from './as-sent.ts';
import { readScore, readScore1p2 } from './scores.ts';

/** A result (OneRoster 1.2, `Result`). A 1.1 body leaves alone what only 1.2 has. */
export const resultWrite = asSent('result', (reading) => ({
  lineItem: reading.reference('lineItem', 'lineItem'),
  student: reading.reference('student', 'user'),
  ...readScore(reading),
  ...(reading.version === '1.2' && { class: reading.reference('class', 'class'), ...readScore1p2(reading) }),
}));
