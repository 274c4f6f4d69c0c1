import { instantOf } from '../../base/instant.ts';
import { childNamed, childrenNamed, type XmlElement } from '../xml/index.ts';
import type { PlainCredential } from './basic.ts';
import type { SoapFault } from './fault.ts';
import { passwordTypes, wsse, wsu } from './namespaces.ts';

/** A user name and the proof that its user knows the password; the password itself is not in it. */
export interface DigestCredential {
  readonly kind: 'digest';
  readonly name: string;
  /** All as it came, without white space around it. */
  readonly proof: {
    /** Base64 of SHA-1 of nonce, created and password. */
    readonly digest: string;
    /** Base64. */
    readonly nonce: string;
    /** xs:dateTime. */
    readonly created: string;
  };
}

/** A credential, nothing (`undefined`), or the fault that answers what cannot be used. */
export type TokenResult =
  | { readonly ok: true; readonly credential: PlainCredential | DigestCredential | undefined }
  | { readonly ok: false; readonly fault: SoapFault };

/** How far a sender's clock may be off, in milliseconds. */
const skewMs = 300_000;

/** Whether a header block is `wsse:Security`. */
export function isSecurity(block: XmlElement): boolean {
  return block.name === 'Security' && block.namespace === wsse;
}

/**
 * Reads the UsernameToken of the WS-Security header (WSS UsernameToken profile 1.0, section 3). A password without a
 * type is PasswordText; Nonce and Created beside PasswordText are passed over. A Timestamp (WS-Security 1.0, section 10)
 * is never asked for, but a message whose Timestamp has expired is refused. `now` is in milliseconds.
 */
export function readUsernameToken(headers: readonly XmlElement[], now: number = Date.now()): TokenResult {
  const blocks = headers.filter(isSecurity);
  if (blocks.some((block) => hasExpired(block, now))) {
    return refuse('InvalidSecurity', 'The Timestamp of the message has expired; see that the clocks agree.');
  }
  const [token, ...more] = blocks.flatMap((block) => childrenNamed(block, 'UsernameToken', wsse));
  if (token === undefined) return { ok: true, credential: undefined };
  if (more.length > 0) return refuse('InvalidSecurity', 'The message holds more than one UsernameToken.');
  const names = childrenNamed(token, 'Username', wsse);
  const passwords = childrenNamed(token, 'Password', wsse);
  const [name] = names;
  const [password] = passwords;
  if (name === undefined || names.length > 1) {
    return refuse('InvalidSecurity', 'The UsernameToken must hold one Username.');
  }
  if (password === undefined || passwords.length > 1) {
    return refuse('InvalidSecurity', 'The UsernameToken must hold one Password.');
  }
  const { Type: type = '' } = password.attributes;
  if (type === passwordTypes.digest) return digestCredential(token, name.text, password.text.trim());
  if (type !== '' && type !== passwordTypes.text) {
    const text = 'The type of the Password is not known; send PasswordText or PasswordDigest.';
    return refuse('UnsupportedSecurityToken', text);
  }
  return { ok: true, credential: { kind: 'text', name: name.text, password: password.text } };
}

function digestCredential(token: XmlElement, name: string, digest: string): TokenResult {
  const nonces = childrenNamed(token, 'Nonce', wsse);
  const times = childrenNamed(token, 'Created', wsu);
  const nonce = nonces[0]?.text.trim() ?? '';
  const created = times[0]?.text.trim() ?? '';
  if (nonce === '' || nonces.length > 1) {
    return refuse('InvalidSecurity', 'A UsernameToken with PasswordDigest must hold one Nonce.');
  }
  if (created === '' || times.length > 1) {
    return refuse('InvalidSecurity', 'A UsernameToken with PasswordDigest must hold one Created.');
  }
  return { ok: true, credential: { kind: 'digest', name, proof: { digest, nonce, created } } };
}

function hasExpired(block: XmlElement, now: number): boolean {
  return childrenNamed(block, 'Timestamp', wsu).some((stamp) => {
    const expires = instantOf(childNamed(stamp, 'Expires', wsu)?.text.trim() ?? '');
    return expires !== undefined && expires + skewMs < now;
  });
}

function refuse(security: NonNullable<SoapFault['security']>, text: string): TokenResult {
  return { ok: false, fault: { code: 'Client', security, text } };
}
