import { asSent } from './as-sent.ts';

/** A category (OneRoster 1.2, `Category`). A 1.1 body leaves the weight alone. */
export const categoryWrite = asSent('category', ({ fields, version }) => ({
  title: fields.text('title'),
  ...(version === '1.2' && { weight: fields.number('weight') }),
}));
