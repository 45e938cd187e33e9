import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Root of the project. */
export const root = dirname(dirname(import.meta.dirname))

/** A fenced block of a page. */
export type Block = { readonly language: string; readonly text: string; readonly line: number }

/** A page of the documents, taken apart. */
export type DocPage = {
  /** Path below the root of the project. */
  readonly path: string
  readonly blocks: readonly Block[]
  /** Everything outside of the fences. */
  readonly prose: string
  /** What stands between backticks in the prose. */
  readonly spans: readonly string[]
  readonly links: readonly string[]
  /** Headings as the fragments of links that lead to them. */
  readonly anchors: readonly string[]
}

/** Reads a page; the path is absolute, or relative to the root. */
export function readPage(file: string): DocPage {
  const path = relative(root, join(root, relative(root, file)))
  const text = readFileSync(join(root, path), 'utf8')
  const fence = /^```(\w*)\n([\s\S]*?)^```$/gm
  const blocks = [...text.matchAll(fence)].map((match) => ({
    language: match[1] ?? '',
    text: match[2] ?? '',
    line: text.slice(0, match.index).split('\n').length,
  }))
  const prose = text.replaceAll(fence, '')
  return {
    path,
    blocks,
    prose,
    spans: [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? ''),
    links: [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? ''),
    anchors: [...prose.matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1] ?? '')),
  }
}

/** Texts of the blocks in one language. */
export const blocksIn = (page: DocPage, language: string): readonly string[] =>
  page.blocks.filter((block) => block.language === language).map((block) => block.text)

const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .replace(/\s/g, '-')
