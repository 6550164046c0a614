"""Who and what the demo's shop is: its account, queues, staff and customers. No real person, address or number."""

from dataclasses import dataclass
from hashlib import sha256

from workstreams.models import Role

ACCOUNT = "Koharu Support"
CHANNEL_ID = "1657000001"
WORKSTREAM = "Koharu Store on LINE"
RETURNS, TAIWAN_AND_THAILAND, EVERYONE = "Returns", "Taiwan and Thailand", "Everyone"
RETURN_WORDS = ["返品", "割れ", "退貨", "คืน", "return"]


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of the shop's staff; agents have languages and queues."""

    username: str
    name: str
    role: str
    languages: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody with a phone."""

    name: str
    language: str
    portrait: str  # one of the simulator's drawings
    nameless: bool = False  # never had LINE on a phone: in a group LINE tells neither name nor user id

    @property
    def user_id(self) -> str:
        """The same in every demo, so that phone and database agree after one of them was lost."""
        return "U" + sha256(self.name.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Circle:
    """Customers who share a chat with the account: a group in LINE."""

    name: str
    members: tuple[Customer, ...]

    @property
    def group_id(self) -> str:
        """As for a customer, the same in every demo."""
        return "C" + sha256(self.name.encode()).hexdigest()[:32]


STAFF = (
    Colleague("root", "Root", Role.ADMINISTRATOR),
    Colleague("sue", "Sue", Role.SUPERVISOR),
    Colleague("alice", "Alice", Role.AGENT, ("ja", "en"), (RETURNS, EVERYONE)),
    Colleague("bob", "Bob", Role.AGENT, ("zh", "th", "en"), (TAIWAN_AND_THAILAND, EVERYONE)),
    Colleague("charlie", "Charlie", Role.AGENT, ("ja",), (RETURNS, EVERYONE)),
    Colleague("dana", "Dana", Role.AGENT, ("en", "th"), (TAIWAN_AND_THAILAND, EVERYONE)),
)
QUICK_REPLIES = (
    ("hello-ja", "ご挨拶", "ja", "{customer}様、お問い合わせありがとうございます。小春ストアの{agent}です。"),
    ("exchange-ja", "交換のご案内", "ja", "ご不便をおかけして申し訳ありません。交換品を本日中に発送いたします。"),
    ("hello-en", "Greeting", "en", "Hello {customer}, thank you for writing to Koharu Store. I'm {agent}."),
    ("hello-zh", "問候", "zh-hant", "{customer}您好，感謝您聯絡小春商店，我是{agent}。"),
    ("hello-th", "ทักทาย", "th", "สวัสดีค่ะ คุณ{customer} ขอบคุณที่ติดต่อร้านโคฮารุนะคะ"),
)
MISAKI = Customer("みさき🐰", "ja", "rabbit")
PLOY = Customer("พลอย🌷", "th", "cat")
XIAO_AN = Customer("小安", "zh-Hant", "frog")
A_ZHE = Customer("阿哲", "zh-Hant", "panda")
DANIEL = Customer("Daniel W.", "en", "koala")
TAKAHASHI = Customer("高橋健一", "ja", "mountain")
SAKURA = Customer("佐々木さくら", "ja", "peach")
TAMURA = Customer("田村", "ja", "hamster", nameless=True)
EMMA = Customer("Emma L.", "en", "penguin")
CUSTOMERS = (MISAKI, PLOY, XIAO_AN, A_ZHE, DANIEL, TAKAHASHI, SAKURA, TAMURA, EMMA)
AOBA = Circle("あおば 総務部", (TAKAHASHI, SAKURA, TAMURA))
