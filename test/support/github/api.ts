import { organisationNamed, personNamed } from './world.ts'
import type { GithubWorld, Grant, Person } from './world.ts'

type Call = { readonly world: GithubWorld; readonly url: URL; readonly base: string; readonly grant: Grant; readonly me: Person }

type Endpoint = { readonly path: RegExp; readonly answer: (call: Call, args: readonly string[]) => Response }

const notFound = (): Response =>
  Response.json({ message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' }, { status: 404 })

const nothing = (status: number, headers: Readonly<Record<string, string>> = {}): Response => new Response(null, { status, headers })

const has = ({ grant }: Call, ...scopes: readonly string[]): boolean => scopes.some((scope) => grant.scopes.includes(scope))

const readsOrgs = (call: Call): boolean => has(call, 'read:org', 'write:org', 'admin:org')

/** One page of a list, with the `Link` header that leads to the others. */
function paged({ url, base }: Call, path: string, items: readonly unknown[]): Response {
  const size = Math.min(Number(url.searchParams.get('per_page') ?? 30), 100)
  const page = Number(url.searchParams.get('page') ?? 1)
  const last = Math.max(1, Math.ceil(items.length / size))
  const to = (target: number, rel: string): string => `<${base}${path}?per_page=${size}&page=${target}>; rel="${rel}"`
  const links = [
    ...(page > 1 ? [to(page - 1, 'prev'), to(1, 'first')] : []),
    ...(page < last ? [to(page + 1, 'next'), to(last, 'last')] : []),
  ]
  const headers = links.length === 0 ? {} : { link: links.join(', ') }
  return Response.json(items.slice((page - 1) * size, page * size), { headers })
}

const shortPerson = ({ id, login }: Person) => ({ login, id, type: 'User', site_admin: false })

const endpoints: readonly Endpoint[] = [
  {
    path: /^\/user$/,
    answer: ({ me }) => Response.json({ ...shortPerson(me), name: me.name, email: me.email, created_at: '2015-01-01T00:00:00Z' }),
  },
  {
    path: /^\/user\/emails$/,
    answer: (call) => {
      if (!has(call, 'user', 'user:email')) return notFound()
      return paged(
        call,
        '/user/emails',
        call.me.emails.map((entry) => ({ ...entry, visibility: entry.primary ? 'private' : null })),
      )
    },
  },
  {
    path: /^\/user\/orgs$/,
    answer: (call) => {
      const mine = call.world.organisations.filter(({ members }) => {
        const seen = members.get(call.me.id)
        return seen === 'public' || (seen !== undefined && readsOrgs(call))
      })
      return paged(
        call,
        '/user/orgs',
        mine.map(({ login }, index) => ({ login, id: 9000 + index })),
      )
    },
  },
  {
    path: /^\/user\/teams$/,
    answer: (call) => {
      if (!readsOrgs(call)) return notFound()
      const teams = call.world.organisations.flatMap(({ login, teams: all }) =>
        [...all].flatMap(([slug, members]) => (members.has(call.me.id) ? [{ slug, name: slug, organization: { login } }] : [])),
      )
      return paged(call, '/user/teams', teams)
    },
  },
  {
    path: /^\/orgs\/([^/]+)\/members\/([^/]+)$/,
    answer: (call, [org = '', login = '']) => {
      const organisation = organisationNamed(call.world, org)
      if (organisation === undefined) return notFound()
      if (!organisation.members.has(call.me.id) || !readsOrgs(call))
        return nothing(302, { location: `${call.base}/orgs/${org}/public_members/${login}` })
      return organisation.members.has(personNamed(call.world, login)?.id ?? 0) ? nothing(204) : notFound()
    },
  },
  {
    path: /^\/orgs\/([^/]+)\/public_members\/([^/]+)$/,
    answer: (call, [org = '', login = '']) => {
      const seen = organisationNamed(call.world, org)?.members.get(personNamed(call.world, login)?.id ?? 0)
      return seen === 'public' ? nothing(204) : notFound()
    },
  },
  {
    path: /^\/orgs\/([^/]+)\/teams\/([^/]+)\/members$/,
    answer: (call, [org = '', slug = '']) => {
      const team = visibleTeam(call, org, slug)
      if (team === null) return notFound()
      const members = call.world.people.filter(({ id }) => team.has(id)).map(shortPerson)
      return paged(call, `/orgs/${org}/teams/${slug}/members`, members)
    },
  },
  {
    path: /^\/orgs\/([^/]+)\/teams\/([^/]+)\/memberships\/([^/]+)$/,
    answer: (call, [org = '', slug = '', login = '']) => {
      const isMember = visibleTeam(call, org, slug)?.has(personNamed(call.world, login)?.id ?? 0) === true
      return isMember ? Response.json({ url: call.url.href, role: 'member', state: 'active' }) : notFound()
    },
  },
]

function visibleTeam(call: Call, org: string, slug: string): ReadonlySet<number> | null {
  const organisation = organisationNamed(call.world, org)
  if (organisation === undefined || !organisation.members.has(call.me.id) || !readsOrgs(call)) return null
  return organisation.teams.get(slug) ?? null
}

const rateHeaders = ({ rate }: GithubWorld, scopes: readonly string[]): Record<string, string> => ({
  'x-ratelimit-limit': '5000',
  'x-ratelimit-remaining': `${Math.max(0, rate.remaining)}`,
  'x-ratelimit-reset': `${rate.resetAt}`,
  'x-ratelimit-resource': 'core',
  'x-oauth-scopes': scopes.join(', '),
})

const badCredentials = (): Response =>
  Response.json({ message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' }, { status: 401 })

const rateExceeded = (): Response =>
  Response.json(
    { message: 'API rate limit exceeded for user ID 1001.', documentation_url: 'https://docs.github.com/rest' },
    { status: 403 },
  )

/** The REST API below `/api/v3`. `base`: its address, for links. */
export function api(world: GithubWorld, request: Request, base: string): Response {
  const url = new URL(request.url)
  const token = /^(?:bearer|token) (\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
  const grant = world.tokens.get(token)
  const me = world.people.find(({ id }) => id === grant?.person)
  if (grant === undefined || me === undefined) return badCredentials()
  if (request.headers.get('user-agent') === null) return new Response('Please send a User-Agent header', { status: 403 })
  world.rate.remaining -= 1
  const response = world.rate.remaining < 0 ? rateExceeded() : dispatch({ world, url, base, grant, me })
  for (const [name, value] of Object.entries(rateHeaders(world, grant.scopes))) response.headers.set(name, value)
  return response
}

function dispatch(call: Call): Response {
  const path = call.url.pathname.replace(/^\/api\/v3/, '')
  for (const endpoint of endpoints) {
    const found = endpoint.path.exec(path)
    if (found !== null) return endpoint.answer(call, found.slice(1).map(decodeURIComponent))
  }
  return notFound()
}
