"""How likely an item is impactful, from a few rules that anybody can read. Pure.

It orders the queue for whoever asks for it and says why; it decides nothing. Each rule is a name, its points, and the
words that cause it, in the languages of the region. What suggests tags by other means adds its own reasons here.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from msgspec import Struct

from curation.languages import gettext, marked
from db.desk import WaitingWords

TEXT_READ = 600  # characters of summary and text: what a story is about stands at its beginning


class Rule(Struct, frozen=True):
    """Words, any of which gives the points."""

    name: str
    points: int
    words: str  # separated by spaces; an underscore stands for a space


class Reason(Struct, frozen=True):
    """A rule that holds for an item, and the word that caused it."""

    name: str
    points: int
    word: str

    @property
    def sentence(self) -> str:
        """The reason as the card shows it: `award (受賞) +3`."""
        name = gettext(self.name)
        return f"{name} ({self.word}) {self.points:+}" if self.word else f"{name} {self.points:+}"


RULES = (
    Rule(marked("award"), 3, "award prize winner 受賞 表彰 賞を 获奖 獲獎 颁奖 頒獎 수상 시상 шагнал"),
    Rule(
        marked("law or plan"),
        3,
        "legislation bill policy national_plan strategy_for 法改正 法律 法案 計画を 規劃 规划 法规 條例 条例 政策"
        " 법률 법안 정책 기본계획 хууль бодлого хөтөлбөр",
    ),
    Rule(
        marked("cooperation"),
        2,
        "partnership memorandum cooperation ifla unesco 協定 覚書 国際 合作 协议 国际 國際 협약 협력 국제"
        " хамтын олон_улсын",
    ),
    Rule(
        marked("access for all"),
        2,
        "accessible accessibility disabilit braille visually_impaired 障害者 読書バリアフリー 视障 視障 无障碍 無障礙"
        " 盲文 장애인 점자 시각장애 хараагүй",
    ),
    Rule(
        marked("children and reading"),
        2,
        "literacy reading_promotion summer_reading 読書推進 子ども読書 全民阅读 閱讀推廣 阅读推广 독서문화 책읽는"
        " уншлага",
    ),
    Rule(
        marked("digital"),
        1,
        "digitiz digitis open_access dataset デジタル化 デジタルアーカイブ 数字化 數位化 数据库 디지털화 아카이브"
        " цахим",
    ),
    Rule(marked("results"), 2, "participants visitors increased_by 万人 参加者 人次 참가자 이용자 оролцогч"),
    Rule(
        marked("closure or hours"),
        -4,
        "closed_on opening_hours temporarily_closed 休館 開館時間 臨時休 闭馆 閉館 开馆时间 휴관 개관시간 휴무"
        " амрах хаалттай",
    ),
    Rule(
        marked("vacancy or tender"),
        -4,
        "vacancy recruitment tender procurement 採用 募集要項 入札 招聘 招標 招标 采购 채용 입찰 공고"
        " ажлын_байр тендер",
    ),
)

FROM_THE_INSTITUTION = Reason(marked("from the institution itself"), 1, "")


def reasons(item: WaitingWords) -> tuple[Reason, ...]:
    """What speaks for and against the item, in the order of the rules."""
    found = _of_words(f"{item.title}\n{item.summary}\n{item.text}")
    return (*found, FROM_THE_INSTITUTION) if item.role == "official" else found


def likelihood(found: tuple[Reason, ...]) -> int:
    """The points of all reasons together."""
    return sum(reason.points for reason in found)


@lru_cache(maxsize=2_048)  # the newest items are weighed for each page
def _of_words(text: str) -> tuple[Reason, ...]:
    folded = _folded(text)
    return tuple(Reason(rule.name, rule.points, word) for rule, words in _WORDS if (word := _first(words, folded)))


def _first(words: tuple[str, ...], text: str) -> str:
    """The first of the words that stands in the text; Latin and Cyrillic ones count only where a word begins."""
    for word in words:
        if word in text and (word[0] >= "\u2e80" or re.search(rf"\b{re.escape(word)}", text)):
            return word
    return ""


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


_WORDS = tuple((rule, tuple(_folded(word.replace("_", " ")) for word in rule.words.split())) for rule in RULES)
