import { systemdUnits, usualPlace } from '../../src/boot/systemd-units.ts'
import type { Generated } from './registry.ts'

/** The units of `orrery install-service`, as it writes them for an installation at the usual place. */
export const serviceUnits: readonly Generated[] = systemdUnits(usualPlace).map(({ name, text }) => ({
  path: `deploy/systemd/${name}`,
  make: () => ({ text, problems: [] }),
}))
