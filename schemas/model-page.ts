import type { TSchema } from 'typebox';
import {
  AssessmentLineItem,
  AssessmentResult,
  Category,
  Group,
  LineItem,
  Membership,
  Person,
  Resource,
  Result,
  ScoreScale,
} from '../src/model/index.ts';

interface Field {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
  readonly items?: TSchema;
}

const nouns: readonly (readonly [string, string, TSchema])[] = [
  ['person', 'A person; OneRoster calls it a user.', Person],
  ['group', 'A group of any kind; OneRoster shows it as org, course, class or academicSession.', Group],
  ['membership', 'One member of one group, in one or more roles; each role is a OneRoster enrollment.', Membership],
  ['lineItem', 'Something of a class that is graded (OneRoster gradebook).', LineItem],
  ['result', 'A student’s result for a line item (OneRoster gradebook).', Result],
  ['category', 'A category of line items (OneRoster gradebook).', Category],
  ['scoreScale', 'What scores mean in other words (OneRoster gradebook).', ScoreScale],
  ['assessmentLineItem', 'Something that an assessment grades (OneRoster gradebook).', AssessmentLineItem],
  ['assessmentResult', 'A student’s result of an assessment (OneRoster gradebook).', AssessmentResult],
  ['resource', 'A resource that courses, classes and users name (OneRoster resources).', Resource],
];

/** The reference page of the canonical nouns, made from their field tables. */
export function modelPage(): string {
  const lines = [
    '# The canonical nouns',
    '',
    'Made by `npm run generate` from the field tables in `src/model`; do not edit. A reference holds the other record’s guid.',
    'Dates are `YYYY-MM-DD`; an `end` is the first day after.',
  ];
  for (const [name, meaning, table] of nouns) {
    lines.push('', `## ${name}`, '', meaning, '', '| field | kind | required | meaning |', '| --- | --- | --- | --- |');
    lines.push(...rows(table as unknown as Field, ''));
  }
  return `${lines.join('\n')}\n`;
}

/** The JSON Schemas of the nouns, as one document. */
export function modelSchemas(): string {
  const schemas = Object.fromEntries(nouns.map(([name, , table]) => [name, table]));
  return `${JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', $defs: schemas }, null, 2)}\n`;
}

function rows(table: Field, prefix: string): string[] {
  return Object.entries(table.properties ?? {}).flatMap(([name, child]) => {
    const field = child as unknown as Field;
    const required = table.required?.includes(name) === true ? 'yes' : '';
    const inner = (field.items as unknown as Field | undefined) ?? field;
    const kind = field.type === 'array' ? `list of ${inner.type ?? 'text'}` : (field.type ?? 'word');
    const own = `| \`${prefix}${name}\` | ${kind} | ${required} | ${field.description ?? ''} |`;
    return [own, ...rows(inner, `${prefix}${name}${field.type === 'array' ? '[]' : ''}.`)];
  });
}
