/** Which dialog stands above the list. */
export type Opened = "new" | "import" | "export"
