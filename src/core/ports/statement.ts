/** What a statement takes and the row that it gives (`never` for one that only writes). */
export interface Statement<Params, Row = never> {
  params: Params
  row: Row
}
