/** Where a request comes from. */
export interface RequestOrigin {
  /** The address of the sender, as the app's trust of proxies finds it; empty where the connection is gone. */
  readonly address: string;
  /** The id of the request, as the log names it. */
  readonly request: string;
}

/** The parts of an express request and response that tell where a request comes from. */
interface Arrived {
  readonly ip?: string | undefined;
}
interface Answering {
  readonly locals: Readonly<Record<string, unknown>>;
}

/** Where a request comes from: its address, and the id that the HTTP shell gave it. */
export function callerOf({ ip }: Arrived, { locals }: Answering): RequestOrigin {
  const id = locals['requestId'];
  return { address: ip ?? '', request: typeof id === 'string' ? id : '' };
}
