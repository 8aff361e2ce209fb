// The language of the editor: the grammar, its colours, and how far each line is indented.

import { HighlightStyle, continuedIndent, delimitedIndent, indentNodeProp, syntaxHighlighting,
    LanguageSupport } from "@codemirror/language"
import { styleTags, tags } from "@lezer/highlight"
import { SparqlLanguage } from "codemirror-lang-sparql"

/** The keywords and functions of the grammar, in capitals. */
export const keywords = SparqlLanguage.parser.nodeSet.types
    .map(type => type.name)
    .filter(name => /^[A-Z][A-Z\d_]+$/.test(name))

const braced = delimitedIndent({ closing: "}", align: false })
const language = SparqlLanguage.configure({
    props: [
        styleTags({
            [keywords.join(" ")]: tags.keyword,
            Comment: tags.comment,
            Var: tags.variableName,
            "Pname_ln Pname_ns": tags.propertyName,
            A_predicate: tags.keyword,
            IriRef: tags.url,
            "String Langtag ^^": tags.string,
            "Integer Decimal Double IntegerPositive DecimalPositive DoublePositive": tags.number,
            "IntegerNegative DecimalNegative DoubleNegative": tags.number,
            "TRUE FALSE": tags.bool,
            "PathMod": tags.operator,
        }),
        indentNodeProp.add({
            "GroupGraphPattern ConstructTemplate QuadData QuadPattern InlineDataOneVar": braced,
            "InlineDataFull": braced,
            "TriplesSameSubjectPath TriplesSameSubject": continuedIndent(),
            "Unit Query SelectQuery ConstructQuery AskQuery DescribeQuery": () => 0,
        }),
    ],
})

const colours = HighlightStyle.define([
    { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
    { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
    { tag: tags.variableName, color: "var(--thesis)" },
    { tag: tags.propertyName, color: "var(--fact)" },
    { tag: tags.url, color: "var(--advice)" },
    { tag: [tags.string, tags.number, tags.bool], color: "var(--claim)" },
    { tag: tags.operator, color: "var(--reading)" },
])

const comments = language.data.of({ commentTokens: { line: "#" } })

export const sparql = [new LanguageSupport(language), comments, syntaxHighlighting(colours)]
