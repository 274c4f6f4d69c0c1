import { failed, ok, type Result } from '../../../base/result.ts';

/** Fewest bits of an RSA key. */
const leastRsaBits = 2_048;
const types: ReadonlySet<string> = new Set([
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
]);

/**
 * Public keys as they are stored, kind and key without remarks, from lines as in OpenSSH's `.pub` files (RFC 4253 section 6.6);
 * `invalid-data` for what is none, or is an RSA key of less than 2048 bits.
 */
export function readPublicKeys(lines: readonly string[]): Result<readonly string[]> {
  const keys: string[] = [];
  for (const line of lines) {
    const [type = '', encoded = ''] = line.trim().split(/\s+/);
    const parts = types.has(type) ? partsOf(Buffer.from(encoded, 'base64')) : [];
    const isWhole = parts.length > 1 && parts[0]?.toString('latin1') === type;
    if (!isWhole || (type === 'ssh-rsa' && bitsOf(parts[2]) < leastRsaBits)) {
      const text =
        'A public key is a line as in an OpenSSH .pub file, of the kind ssh-ed25519, ecdsa-sha2-nistp… or ssh-rsa with 2048 bits or more.';
      return failed('invalid-data', text, { field: 'publicKeys' });
    }
    keys.push(`${type} ${Buffer.from(encoded, 'base64').toString('base64')}`);
  }
  return ok([...new Set(keys)]);
}

/** The parts of a key, each after its length; none where it does not end with a part. */
function partsOf(bytes: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return [];
    parts.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return at === bytes.length ? parts : [];
}

function bitsOf(number: Buffer | undefined): number {
  return number === undefined || number.length === 0 ? 0 : BigInt(`0x${number.toString('hex')}`).toString(2).length;
}
