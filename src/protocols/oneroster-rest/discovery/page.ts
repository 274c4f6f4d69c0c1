import { createHash } from 'node:crypto';
import { scopeAddresses } from '../../../roster/index.ts';
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

/** The page for people who write clients: what is served where, and how to ask for it; made from the operation tables. */
export function documentationPage(origin: string): string {
  const rostering = `${origin}/ims/oneroster/rostering/v1p2`;
  const [scope = ''] = scopeAddresses('1.2', ['roster.readonly']);
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
      code(`${origin}/soap/PersonManagementService`),
      link('/soap/PersonManagementService?wsdl', 'WSDL'),
    ],
    ['Admin API', code(`${origin}/api/v1`), link('/api/v1/openapi.json', 'openapi.json')],
  ],
)}

<h2 id="access">Access</h2>
<p>An administrator makes a client (${code('rostergate credential NAME --create oneroster')}) and gives you its id and secret. Ask for a
token, and send it with each request. A token lives for an hour.</p>
${pre(`curl -u ID:SECRET -d grant_type=client_credentials \\
  --data-urlencode 'scope=${scope}' ${origin}/oauth/token

curl -H 'Authorization: Bearer TOKEN' '${rostering}/users?limit=10'`)}
<p>Scopes of OneRoster 1.1 and 1.2 count alike. Demographics open to ${code('roster-demographics.readonly')} alone. Clients of 1.1 may sign
their requests instead (OAuth 1.0a, HMAC-SHA256) where the administrator allows it for them.</p>

<h2 id="read">Reading</h2>
<ul>
<li>${code('limit')} (100; up to 10,000) and ${code('offset')} make pages. ${code('X-Total-Count')} says how many objects there are, ${code('Link')} has the addresses of the other pages.</li>
<li>${code("filter=familyName='Ek' AND status='active'")} (encoded): a field, one of ${code('= != > >= < <= ~')}, a value in single quotes; two of those may be joined by ${code('AND')} or ${code('OR')}. ${code('~')} is contains. Paths go into objects: ${code("school.sourcedId='s1'")}.</li>
<li>${code('sort=familyName&orderBy=desc')} and ${code('fields=givenName,familyName')} work on collections.</li>
<li>${code('status')} is ${code('tobedeleted')} for what is in the trash; such objects stay readable until they are purged.</li>
</ul>

<h2 id="delta">Changes only</h2>
<p>Remember the greatest ${code('dateLastModified')} that you have seen, and ask from there on; deletions are among the answers.</p>
${pre(`curl -G -H 'Authorization: Bearer TOKEN' ${rostering}/users \\
  --data-urlencode "filter=dateLastModified>'2026-09-01T00:00:00.000Z'"`)}

<h2 id="write">Writing</h2>
<p>The gradebook takes ${code('PUT')}, ${code('POST')} and ${code('DELETE')} as OneRoster has them. ${code('DELETE')} moves an object to the trash, from which an
administrator can bring it back. A body needs no more of a reference than its ${code('sourcedId')}.</p>

<h2 id="errors">Errors</h2>
${table(
  ['HTTP', 'when'],
  [
    ['400', 'a parameter, filter or selection of fields cannot be read; the text names it'],
    ['401', 'no, unknown or expired token, or a wrong signature'],
    ['403', 'no granted scope opens the operation; <code>WWW-Authenticate</code> names those that would'],
    ['404', 'there is no object with this sourcedId, or no such path'],
    ['422', 'the body does not make sense; the text names the field'],
    ['429', 'too many requests; <code>Retry-After</code> says how many seconds to wait'],
  ].map(([status = '', text = '']) => [code(status), text]),
)}
<p>OneRoster 1.2 answers with ${code('imsx_StatusInfo')}, 1.1 with ${code('statusInfoSet')}.</p>

<h2 id="operations">Operations</h2>
${discovered.map(operationsOf).join('\n')}
</body>
</html>
`;
}
