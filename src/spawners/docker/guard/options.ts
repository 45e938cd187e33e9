import { z } from 'zod'
import { defineOptions, opt, optional } from '../../../core/options.ts'
import type { SectionValues } from '../../../core/options.ts'
import { engineUrl } from '../engine-options.ts'

/** Options of the engine guard. What it lets through follows from those of the spawner. */
export const guardOptions = defineOptions(
  'guard',
  'The engine guard (`orrery engine-guard`): stands before the socket of a container engine and lets through what the docker spawner does with this configuration, nothing else.',
  {
    listen: optional(
      z.string().regex(/^unix:\/\/\/.+/, "expected 'unix:///run/orrery/engine.sock'"),
      'Socket on which the guard listens; for the hub it is spawner.engineUrl. engine.sock in the data directory when not given.',
      { example: 'unix:///run/orrery/engine.sock' },
    ),
    engineUrl: optional(engineUrl, 'The engine behind the guard. Unset: the socket of the system or of the account (rootless).', {
      example: 'unix:///var/run/docker.sock',
    }),
    installation: opt(
      z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/, 'expected small letters, digits, `_`, `.` and `-`'),
      'orrery',
      'Mark on everything that is made through the guard; what does not carry it is out of reach. Guards of several installations at one engine need different ones.',
    ),
    members: opt(
      z.array(z.string().min(1)),
      [],
      'Containers of the installation itself, such as that of the hub: they may be looked at and joined to networks of servers. Those of spawner.networkMembers need not be named.',
      { example: ['orrery-hub'] },
    ),
  },
)

/** Values of the section `guard`. */
export type GuardOptions = SectionValues<typeof guardOptions>
