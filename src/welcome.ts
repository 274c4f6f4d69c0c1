import type { FirstTenant } from './roster/index.ts';

/** What the first start tells once: the names and secrets of the first tenant. */
export function welcome({ tenant, user, password, adminKey }: FirstTenant): string {
  return [
    '',
    `The tenant "${tenant}" was made. Note these down, they are shown only now:`,
    '',
    `  SOAP user              ${user}`,
    `  SOAP password          ${password}`,
    `  OneRoster client id    ${user}`,
    `  OneRoster secret       ${password}`,
    `  Admin name             ${user}`,
    `  Admin password         ${password}`,
    `  Admin key (Bearer)     ${adminKey}`,
    '',
  ].join('\n');
}
