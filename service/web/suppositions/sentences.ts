// Statements as sentences, from the labels of their terms.

// Where a relation has words after its other end, they follow this.
const PLACE_OF_END = "……"
const STATEMENT = /^(<[^>]*>|\S+)\s+(<[^>]*>|\S+)\s+(.+)$/s

/** Write a statement, as an address has it; undefined if a term has no label. */
export function writeSentence(
    statement: string, labelOf: (term: string) => string | undefined, space: string,
): string | undefined {
    const [, subject, predicate, object] = STATEMENT.exec(statement.trim()) ?? []
    if (!subject || !predicate || !object) return undefined
    const [start, relation] = [labelOf(subject), labelOf(predicate)]
    // The text of a literal is the same in all languages.
    const end = object.startsWith("\"") ? object : labelOf(object)
    if (!start || !relation || !end) return undefined
    const [before, after] = relation.split(PLACE_OF_END)
    return [start, before, end, after].filter(Boolean).join(space)
}
