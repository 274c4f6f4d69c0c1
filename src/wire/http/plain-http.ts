/** Where passwords and keys may come over plain HTTP: from this machine, or from anywhere. */
export type PlainHttp = 'loopback' | 'allow';

/** The parts of an express request that tell how it came. */
interface Arrived {
  readonly secure: boolean;
  readonly ip?: string | undefined;
}

/** Whether a request may bring a password or key: it came over TLS, as the app's trust of proxies finds it, or as allowed. */
export function mayBringSecrets({ secure, ip = '' }: Arrived, plainHttp: PlainHttp): boolean {
  return plainHttp === 'allow' || secure || ip === '::1' || /^(::ffff:)?127\./.test(ip);
}
