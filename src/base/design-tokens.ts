const LIGHT = `color-scheme: light; --ink: #1c2024; --paper: #f6f8f9; --card: #ffffff; --line: #d9dde2; --edge: #868d95; --soft: #575d65; --accent: #2b6a4b; --accent-soft: #e3f1e9; --on: #ffffff;
  --bad: #b3261e; --bad-soft: #fbe9e7; --warn: #7a5200; --warn-soft: #fdf0d5; --shade: rgb(20 25 30 / .45)`

const DARK = `color-scheme: dark; --ink: #e8eaed; --paper: #121517; --card: #1b1f23; --line: #31373d; --edge: #7d858e; --soft: #a3abb3; --accent: #7fc9a2; --accent-soft: #1f3329; --on: #10241a;
  --bad: #ff9a90; --bad-soft: #3a1f1d; --warn: #f0c063; --warn-soft: #352a14; --shade: rgb(0 0 0 / .6)`

/**
 * Colours and measures of everything that people see, once: CSS custom properties, in light and in dark. The system says which,
 * unless `data-theme` on the root does. Each text colour has a contrast of 4.5 to 1 on each ground.
 */
export const DESIGN_TOKENS = `:root { ${LIGHT}; --radius: 8px; --radius-large: 14px; --text: system-ui, sans-serif; --mono: ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace }
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { ${DARK} } }
:root[data-theme="dark"] { ${DARK} }
`
