import { createHash } from 'node:crypto';
import { type Scope, scopeAddresses } from '../../../roster/index.ts';
import { type Discovered, discovered } from './index.ts';
import { summaryOf } from './summary.ts';

const style = `
:root { color-scheme: light dark; }
body { font: 1rem/1.55 system-ui, sans-serif; max-width: 68rem; margin: 0 auto; padding: 1.5rem; }
h1, h2, h3 { line-height: 1.25; } h2 { margin-top: 2.5rem; }
pre { overflow-x: auto; padding: .8rem 1rem; border: 1px solid #8886; border-radius: .4rem; }
code { font: .92em ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; } .wide { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid #8884; }
summary { cursor: pointer; margin: .6rem 0; } nav a { margin-right: 1.2rem; }
`;

/** What may be loaded by the page: nothing but its own style. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const safe = (text: string) => text.replace(/[&<>"]/g, (character) => escapes[character] ?? '');
const code = (text: string) => `<code>${safe(text)}</code>`;
const pre = (text: string) => `<pre><code>${safe(text)}</code></pre>`;
const link = (path: string, text = path) => `<a href="${safe(path)}">${safe(text)}</a>`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, list: readonly string[]) => list.map((cell) => `<${tag}>${cell}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n');
  return `<div class="wide"><table><thead><tr>${cells('th', head)}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

function operationsOf({ service, title }: Discovered): string {
  const rows = service.operations.map((operation) => [
    `${code(operation.method)} ${code(operation.path)}`,
    safe(summaryOf(operation)),
    operation.scopes.map(code).join(' or '),
  ]);
  return `<details><summary>${safe(title)}: ${rows.length} operations below ${code(service.base)}</summary>\n${table(['operation', 'what it does', 'scope'], rows)}</details>`;
}

const addressOf = (scope: Scope) => scopeAddresses('1.2', [scope])[0] ?? '';
/** What the address of a scope has before its name. */
const before = (scope: Scope) => addressOf(scope).slice(0, -scope.length);

/** The page for people who write clients: what is served where, and how to ask for it; made from the operation tables. */
export function documentationPage(origin: string): string {
  const rostering = `${origin}/ims/oneroster/rostering/v1p2`;
  const gradebook = `${origin}/ims/oneroster/gradebook/v1p2`;
  const scope = addressOf('roster.readonly');
  const services = discovered.map(({ service, title, paths }) => [
    safe(title),
    code(origin + service.base),
    paths.map((path) => link(path, path.slice(path.lastIndexOf('/') + 1))).join('<br>'),
  ]);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rostergate for developers</title>
<style>${style}</style>
</head>
<body>
<h1>Rostergate for developers</h1>
<p>One roster of persons, groups and memberships, in the dialect that your program speaks.</p>
<nav><a href="#where">Where</a><a href="#access">Access</a><a href="#read">Reading</a><a href="#delta">Changes only</a><a href="#write">Writing</a><a href="#errors">Errors</a><a href="#operations">Operations</a></nav>

<h2 id="where">What is served where</h2>
${table(
  ['service', 'address', 'description for machines'],
  [
    ...services,
    [
      'IMS Enterprise Services 1.0 (SOAP)',
      code(`${origin}/soap/PersonManagementServiceSync`),
      link('/soap/PersonManagementServiceSync?wsdl', 'WSDL'),
    ],
    ['Admin API', code(`${origin}/api/v1`), link('/api/v1/openapi.json', 'openapi.json')],
  ],
)}

<h2 id="access">Access</h2>
<p>An administrator makes a client (${code('rostergate credential NAME --create oneroster')}; without ${code('--scopes')} it may read
all but demographics, and write nothing) and gives you its id and secret. Ask for a token with the scopes that you need, and send it
with each request; ${code('expires_in')} says for how many seconds it lives.</p>
${pre(`curl -u ID:SECRET -d grant_type=client_credentials \\
  --data-urlencode 'scope=${scope}' ${origin}/oauth/token

curl -H 'Authorization: Bearer TOKEN' '${rostering}/users?limit=10'`)}
<p>Scopes are whole addresses with spaces between, those of the operations below after ${code(before('roster.readonly'))}
or, for the roster’s writes, ${code(before('roster.createput'))}; without ${code('scope')} a token has all that the client may have.
Those of OneRoster 1.1 and 1.2 count alike. Demographics open to ${code('roster-demographics.readonly')} alone. Clients of 1.1 may sign
their requests instead (OAuth 1.0a, HMAC-SHA256) where the administrator allows it for them.</p>

<h2 id="read">Reading</h2>
<ul>
<li>${code('limit')} (100; up to 10,000) and ${code('offset')} make pages. ${code('X-Total-Count')} says how many objects there are, ${code('Link')} has the addresses of the other pages.</li>
<li>${code("filter=familyName='Ek' AND status='active'")} (encoded): a field, one of ${code('= != > >= < <= ~')}, a value in single quotes; two of those may be joined by ${code('AND')} or ${code('OR')}. ${code('~')} is contains. Paths go into objects: ${code("school.sourcedId='s1'")}, ${code("roles.role='teacher'")}. Upper and lower case are alike. Users are found at once by ${code('username')}, ${code('email')}, ${code('identifier')}, ${code('userMasterIdentifier')} and ${code('familyName')}.</li>
<li>${code('sort=familyName&orderBy=desc')} orders a collection; ${code('fields=givenName,familyName')} chooses fields, of single objects too.</li>
<li>${code('status')} is ${code('tobedeleted')} for what is in the trash; such objects stay readable until they are purged.</li>
</ul>

<h2 id="delta">Changes only</h2>
<p>Remember the greatest ${code('dateLastModified')} that you have seen, and ask from there on; deletions are among the answers.</p>
${pre(`curl -G -H 'Authorization: Bearer TOKEN' ${rostering}/users \\
  --data-urlencode "filter=dateLastModified>'2026-09-01T00:00:00.000Z'"`)}

<h2 id="write">Writing</h2>
<p>The gradebook takes ${code('PUT')}, ${code('POST')} and ${code('DELETE')} as OneRoster has them. ${code('DELETE')} moves an object to the trash; a ${code('PUT')} or an
administrator brings it back. A body needs no more of a reference than its ${code('sourcedId')}, and neither ${code('status')} nor ${code('dateLastModified')}. A set
that is posted has up to 1,000 objects; all of them are stored, or none, and the answer has the ids that the gateway gave them.</p>
${pre(`curl -X PUT -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' \\
  ${gradebook}/categories/c1 -d '{"category": {"title": "Tests", "weight": 0.5}}'`)}
<p>The roster itself takes them too, which OneRoster does not define: ${code('PUT')}, ${code('POST')} and ${code('DELETE')} on users, orgs, courses, classes,
academicSessions, enrollments, demographics and resources, with scopes of the gateway’s own (${code('roster.createput')},
${code('roster.createpost')}, ${code('roster.delete')}), and up to 1,000 of them at once:</p>
${pre(`curl -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' ${rostering}/batch -d '{"operations": [
  {"method": "PUT", "path": "/orgs/s1", "body": {"org": {"name": "North", "type": "school"}}},
  {"method": "DELETE", "path": "/users/u1"}]}'`)}
<p>What you read can be put back as it is: a ${code('PUT')} sets what differs from what reads show and clears what it leaves out.</p>

<h2 id="errors">Errors</h2>
${table(
  ['HTTP', 'when'],
  [
    ['400', 'a parameter, filter or selection of fields cannot be read; the text names it'],
    ['401', 'no, unknown or expired token, or a wrong signature'],
    [
      '403',
      'no granted scope opens the operation, and <code>WWW-Authenticate</code> names those that would; or a client has deleted too much within a day',
    ],
    ['404', 'there is no object with this sourcedId, or no such path'],
    ['405', 'the path is not used with this method; <code>Allow</code> has those that it is'],
    ['409', 'somebody else changed the same objects just now; send it again'],
    ['413, 415', 'the body is too large or too deep; it is not JSON in UTF-8 by its <code>Content-Type</code>'],
    ['422', 'the body does not make sense; the text names the field'],
    ['429, 503', 'too many requests, or too busy; <code>Retry-After</code> says how many seconds to wait'],
    ['500', 'the gateway failed; the request may be repeated'],
  ].map(([status = '', text = '']) => [code(status), text]),
)}
<p>OneRoster 1.2 answers with ${code('imsx_StatusInfo')}, 1.1 with ${code('statusInfoSet')}.</p>

<h2 id="operations">Operations</h2>
${discovered.map(operationsOf).join('\n')}
</body>
</html>
`;
}
