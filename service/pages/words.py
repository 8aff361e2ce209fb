"""What pages say beside the data, in each language."""

from collections.abc import Mapping
from typing import Final

from service.languages import LANGUAGES

# In the order of LANGUAGES.
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "all": ("all of it", "全部"),
    "alignments": ("Alignments to other vocabularies", "与其他词表的对齐"),
    "also-known-as": ("Also known as", "又名"),
    "and-more": ("and {count} more: {link}", "另有 {count} 条：{link}"),
    "asserted": ("asserted", "直接陈述"),
    "by-rule": ("by the rule {rule}", "依规则 {rule}"),
    "cite-as": ("To cite or link this", "引用或链接请用"),
    "classes": ("Classes", "类"),
    "colon": (": ", "："),
    "comma": (", ", "，"),
    "content": ("Skip to the content", "跳到正文"),
    "contents": ("Contents", "目录"),
    "definition": ("Definition", "定义"),
    "description": ("Description", "说明"),
    "deprecated": ("Deprecated terms", "弃用术语"),
    "deprecated-none": ("None so far.", "暂无。"),
    "derived": ("derived", "推导得出"),
    "documents": ("This page for programs", "供程序读取的格式"),
    "elsewhere": ("The same thing elsewhere", "其他数据集中的对应项"),
    "figures": ("Figures", "数据"),
    "figures-of": ("Observations of {thing}", "关于{thing}的观测值"),
    "graph-holds": ("What this graph holds", "本图所载"),
    "held-by": ("held by {holder}", "主张者：{holder}"),
    "hierarchy-classes": ("Hierarchy of classes", "类的层次"),
    "hierarchy-properties": ("Hierarchy of properties", "属性的层次"),
    "in-words": ("In words", "含义"),
    "incoming": ("What refers to it", "指向它的陈述"),
    "incoming-rest": (
        "{shown} of the statements that refer to it are shown; all of them",
        "此处列出 {shown} 条指向它的陈述；查看全部",
    ),
    "individuals": ("Individuals", "个体"),
    "mentioned": ("Where it is mentioned", "提及之处"),
    "mentions": ("What is mentioned here", "此处提及"),
    "metadata": ("About the ontology", "本体信息"),
    "mode": ("mode{colon}{mode}", "模式{colon}{mode}"),
    "modelling": ("modelling decision", "建模决定"),
    "module": ("Module", "模块"),
    "modules": ("Modules", "模块"),
    "more": ("More about it", "更多说明"),
    "navigation": ("Site", "站点"),
    "notes": ("Notes", "注释"),
    "ontology": ("Ontology", "本体"),
    "other-statements": ("Other statements", "其他陈述"),
    "outside-terms": ("Terms of other vocabularies", "所用的外部术语"),
    "passage": ("page {page}, paragraph {paragraph}", "第 {page} 页第 {paragraph} 段"),
    "passage-page": ("page {page}", "第 {page} 页"),
    "properties": ("Properties", "属性"),
    "questions": ("Questions", "问题"),
    "reading": ("in words", "释义"),
    "rules": ("Rules", "规则"),
    "rules-intro": (
        "What OWL 2 RL cannot say stands in rule files, one CONSTRUCT query each.",
        "OWL 2 RL 无法表达的内容写在规则文件中，每个文件是一条 CONSTRUCT 查询。",
    ),
    "space": (" ", ""),
    "source": ("source", "来源"),
    "source-lost": ("the source that it cites is lost", "所引出处已佚"),
    "stated-here": ("What is stated here", "此处的陈述"),
    "statements": ("Statements", "陈述"),
    "sub": ("Narrower", "下位"),
    "super": ("Broader", "上位"),
    "terms": ("Terms", "术语"),
    "there": ("there are none", "无"),
    "type": ("Type", "类型"),
    "unheld": ("What is said, but not held to be so", "有此一说，但未认定成立"),
    "unheld-intro": (
        "Claims, hypotheses, recommendations, plans and the like; no query meets them unless it "
        "names their graphs.",
        "包括主张、假设、建议、计划等；查询只有指明其所在的图才会遇到。",
    ),
    "valid": ("as of {time}", "时间：{time}"),
    "way": ("Where this page is", "本页位置"),
    "why": ("why?", "缘由"),
}


def words(language: str) -> Mapping[str, str]:
    """The words of one language."""
    place = LANGUAGES.index(language)
    return {key: texts[place] for key, texts in _WORDS.items()}
