/** Fields of a log line: ids, counts and codes only; never names, bodies or secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A structured log; `app` passes a pino instance in. */
export interface Log {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** A log that writes nothing. */
export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
