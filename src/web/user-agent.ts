/** Browser and system as somebody would name them; null for what is not known. Never trusted, only shown. */
export type Device = { readonly browser: string | null; readonly system: string | null }

type Sign = readonly [pattern: RegExp, name: string]

// The first match wins: browsers built on another one name that one too.
const browsers: readonly Sign[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bWhale\//, 'Whale'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bOPR\//, 'Opera'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*Safari\//, 'Safari'],
]

const systems: readonly Sign[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

const nameOf = (signs: readonly Sign[], text: string): string | null => signs.find(([pattern]) => pattern.test(text))?.[1] ?? null

/** Reads a `User-Agent` header. */
export const describeDevice = (userAgent: string): Device => ({ browser: nameOf(browsers, userAgent), system: nameOf(systems, userAgent) })
