import { childrenNamed, type XmlElement } from '../xml/index.ts';
import type { PlainCredential } from './basic.ts';
import type { SoapFault } from './fault.ts';
import { passwordTypes, wsse } from './namespaces.ts';

/** A credential, nothing (`undefined`), or the fault that answers what cannot be used. */
export type TokenResult =
  | { readonly ok: true; readonly credential: PlainCredential | undefined }
  | { readonly ok: false; readonly fault: SoapFault };

/** Whether a header block is `wsse:Security`. */
export function isSecurity(block: XmlElement): boolean {
  return block.name === 'Security' && block.namespace === wsse;
}

/**
 * Reads the UsernameToken of the WS-Security header (WSS UsernameToken profile 1.0, section 3). A password without a
 * type is PasswordText; PasswordDigest is recognised and refused.
 */
export function readUsernameToken(headers: readonly XmlElement[]): TokenResult {
  const tokens = headers.filter(isSecurity).flatMap((block) => childrenNamed(block, 'UsernameToken', wsse));
  const [token, ...more] = tokens;
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
  if (type === passwordTypes.digest) {
    const text = 'PasswordDigest is not enabled in this version; send the password as PasswordText over TLS.';
    return refuse('UnsupportedSecurityToken', text);
  }
  if (type !== '' && type !== passwordTypes.text) {
    return refuse('UnsupportedSecurityToken', 'The type of the Password is not known; send PasswordText.');
  }
  return { ok: true, credential: { name: name.text, password: password.text } };
}

function refuse(security: NonNullable<SoapFault['security']>, text: string): TokenResult {
  return { ok: false, fault: { code: 'Client', security, text } };
}
