export * from './alarms/types.ts';
export * from './notify.ts';
export * from './subscribers/door.ts';
export * from './subscribers/types.ts';
export * from './types.ts';
export { webhookPurpose } from './webhooks/channel.ts';
export * from './webhooks/types.ts';
