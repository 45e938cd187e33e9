import type { Page } from 'playwright-core'

/** Milliseconds that JupyterLab may take to show itself on a slow machine. */
const labMs = 90_000

/** Waits until the JupyterLab in this tab can be used. */
export async function awaitLab(page: Page): Promise<void> {
  await page.locator('#jp-main-dock-panel').waitFor({ timeout: labMs })
  await page.locator('.jp-Launcher, .jp-NotebookPanel').first().waitFor({ timeout: labMs })
}

/** Starts the default server from the home page and waits for its JupyterLab. */
export async function startLab(page: Page, home: string, name: string): Promise<void> {
  await page.goto(home)
  await page.locator('#start').click()
  await page.waitForURL(new RegExp(`/user/${name}/`), { timeout: labMs })
  await awaitLab(page)
}

/** Opens a new notebook from the launcher and waits for its kernel. */
export async function newNotebook(page: Page): Promise<void> {
  await page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click()
  await page.locator('.jp-NotebookPanel .jp-Cell').first().waitFor({ timeout: labMs })
  // The indicator in the toolbar says idle before there is a kernel; the status bar waits for its answer.
  await page.locator('#jp-main-statusbar', { hasText: '| Idle' }).waitFor({ timeout: labMs })
}

/** Runs code in the newest cell of the open notebook and returns the text of its output. */
export async function runCell(page: Page, code: string): Promise<string> {
  const cells = page.locator('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell')
  // Running a cell adds a new last one, so this one is named by its place.
  const cell = cells.nth((await cells.count()) - 1)
  await cell.locator('.cm-content').click()
  await page.keyboard.type(code)
  await page.keyboard.press('Shift+Enter')
  const output = cell.locator('.jp-OutputArea-output').first()
  await output.waitFor({ timeout: labMs })
  return (await output.innerText()).trim()
}

/** Saves the open notebook; a question for its name is answered with the name it has. */
export async function saveNotebook(page: Page): Promise<void> {
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+s')
  const rename = page.locator('.jp-Dialog .jp-mod-accept')
  await rename
    .waitFor({ timeout: 3_000 })
    .then(() => rename.click())
    .catch(() => {})
  await page.locator('.lm-TabBar-tab.jp-mod-current:not(.jp-mod-dirty)').first().waitFor({ timeout: labMs })
}
