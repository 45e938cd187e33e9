import type { Config } from '../sections.ts'
import type { Check, Finding } from './check.ts'

/** Entries of lists are told apart and mean something; limits are in order. */
export const entryChecks: readonly Check[] = [uniqueNames, servicesThatRun, rolesOfKnownServices, pageLimits]

function uniqueNames({ services, roles }: Config): Finding[] {
  return Object.entries({ services, roles }).flatMap(([section, entries]) =>
    entries.flatMap(({ name }, index) =>
      entries.findIndex((entry) => entry.name === name) < index
        ? [{ option: `${section}[${index}].name`, what: `there is already one called '${name}'`, fix: 'Give every entry its own name.' }]
        : [],
    ),
  )
}

/** Nothing starts services: a program that somebody counts on must not be left out without a word. */
function servicesThatRun({ services }: Config): Finding[] {
  return services.flatMap(({ name, command }, index) => {
    if (command.length === 0) return []
    const fix = `Remove it, give '${name}' an apiToken, and start the program beside the hub with JUPYTERHUB_API_TOKEN set to that.`
    return [{ option: `services[${index}].command`, what: 'programs of services are not started by the hub yet', fix }]
  })
}

function rolesOfKnownServices({ services, roles }: Config): Finding[] {
  const known = new Set(services.map((service) => service.name))
  return roles.flatMap((role, index) =>
    role.services
      .filter((name) => !known.has(name))
      .map((name) => ({
        option: `roles[${index}].services`,
        what: `there is no service '${name}'`,
        fix: `Add { name: '${name}' } to services, or remove it here.`,
      })),
  )
}

function pageLimits({ hub }: Config): Finding[] {
  if (hub.apiPageDefaultLimit <= hub.apiPageMaxLimit) return []
  return [
    {
      option: 'hub.apiPageDefaultLimit',
      what: `${hub.apiPageDefaultLimit} is more than hub.apiPageMaxLimit (${hub.apiPageMaxLimit})`,
      fix: 'Lower the one or raise the other.',
    },
  ]
}
