import type { DestinationStream } from 'pino';
import { destination, pino } from 'pino';
import type { Log } from './base/log.ts';
import { framesOf } from './base/stack.ts';
import type { Config } from './config.ts';

/** The structured log of the process: JSON lines on standard error, so that standard output stays for people. */
export function makeLog(
  level: Config['logLevel'],
  stream: DestinationStream = destination({ dest: 2, sync: true }),
): Log {
  const logger = pino({ level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` }, stream);
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}

/** What a log may say of a defect: its class, code and place in the program; never its message, which may quote data. */
export function defectFields(error: unknown): { error: string; code?: string; at?: string } {
  if (!(error instanceof Error)) return { error: typeof error };
  const code: unknown = (error as { code?: unknown }).code;
  const at = framesOf(error, 6).map((frame) => frame.slice('at '.length));
  return {
    error: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
    ...(at.length > 0 ? { at: at.join(' < ') } : {}),
  };
}
