"""Names of columns by role, in English, Chinese and some other languages, and words for event types."""

from __future__ import annotations

import re
import unicodedata

from recsys.data.dataset import AGE, CATEGORY, CLICKED, GENDER, POSITION, PRICE, TEXT, TITLE
from recsys.data.importing.faults import Kind
from recsys.data.importing.read import plain_name

EVENT = "event"  # the kind of an interaction: view, cart, purchase
ROLES: dict[Kind, tuple[str, ...]] = {
    "interactions": ("user", "item", "rating", "time", EVENT),
    "items": ("item", TITLE, CATEGORY, PRICE, TEXT),
    "users": ("user", AGE, GENDER),
    "impressions": ("user", "item", "time", POSITION, CLICKED),
}
REQUIRED: dict[Kind, tuple[str, ...]] = {
    "interactions": ("user", "item"),
    "items": ("item",),
    "users": ("user",),
    "impressions": ("user", "item", CLICKED),
}
# The first name of a role wins where a file has several
ALIASES = {
    "user": "userid user uid username customer customerid client clientid member memberid visitorid visitor sessionid session "
    "shopper buyer account accountid listener listenerid player reader nutzer benutzer kunde usuario utilisateur userindex "
    "reviewerid 用户id 用户编号 用户 用户号 用户名 会员id 会员编号 会员 会员号 顾客 顾客id 顾客编号 客户 客户id 客户编号 买家 买家id 读者 "
    "用戶id 用戶編號 用戶 會員id 會員編號 會員 顧客 顧客編號 客戶 客戶編號 使用者 使用者id 使用者編號 買家",
    "item": "itemid item movieid movie sku productid product isbn asin artistid artist gameid game bookid songid "
    "trackid videoid articleid iid artikel produkt producto article 商品id 商品编号 商品 商品号 商品编码 商品代码 物品id 物品编号 物品 "
    "产品id 产品编号 产品 货号 项目id 项目编号 项目 电影id 电影编号 电影 图书id 图书编号 图书 歌曲id 歌曲 视频id 视频 文章id 文章 游戏id 游戏 "
    "商品編號 商品編碼 物品編號 產品id 產品編號 產品 貨號 項目 電影id 電影編號 電影 書籍 圖書 影片id 影片 遊戲",
    "rating": "rating ratings score stars bookrating weight hours count plays playcount overall bewertung note "
    "puntuacion preference liked like isliked islike recommended isrecommended 评分 打分 用户评分 商品评分 分数 得分 星级 评级 评价 喜欢 是否喜欢 "
    "評分 打分數 分數 星級 評級 評價 喜歡 是否喜歡",
    "time": "timestamp time date datetime ratedat createdat eventtime eventdate ts when zeit datum fecha unixreviewtime "
    "unixtime reviewtime reviewdate orderdate ordertime purchasedate purchasetime transactiondate transactiontime "
    "playedat watchedat listenedat visitedat eventorder 时间 时间戳 日期 日期时间 下单时间 下单日期 购买时间 购买日期 交易时间 交易日期 "
    "评分时间 评分日期 评论时间 评价时间 行为时间 浏览时间 点击时间 观看时间 发生时间 创建时间 订单时间 订单日期 "
    "時間 時間戳 時間戳記 日期時間 下單時間 下單日期 購買時間 購買日期 交易時間 評分時間 評論時間 評價時間 行為時間 瀏覽時間 點擊時間 觀看時間 "
    "發生時間 創建時間 建立時間 訂單時間 訂單日期",
    EVENT: "event eventtype eventname action actiontype behavior behaviour behaviortype behaviourtype interactiontype "
    "activity activitytype 行为类型 行为 事件类型 事件 操作类型 操作 动作 行為類型 行為 事件類型 操作類型 動作",
    TITLE: "title name gamename booktitle productname itemname movietitle titel titulo titre 标题 名称 商品名称 商品名 商品标题 "
    "物品名称 产品名称 片名 书名 歌名 电影名 电影名称 標題 名稱 商品名稱 商品標題 物品名稱 產品名稱 書名 電影名稱",
    CATEGORY: "category categories genre genres type kategorie categoria topic brand tags 类别 分类 类目 类目id 类目编号 品类 类型 "
    "商品类目 商品类别 商品分类 標籤 标签 類別 分類 類目 品類 類型 商品類目 商品類別 商品分類",
    PRICE: "price cost preis precio prix 价格 单价 售价 商品价格 金额 價格 單價 售價 金額",
    TEXT: "text description abstract summary plot review content beschreibung 描述 简介 介绍 内容 详情 簡介 介紹 內容",
    AGE: "age alter edad 年龄 年齡 岁数",
    GENDER: "gender sex geschlecht genero 性别 性別",
    POSITION: "position place slot pos 位置 曝光位置",
    CLICKED: "clicked click isclick label 是否点击 点击 是否點擊 點擊",
}
KNOWN = {role: frozenset(names.split()) for role, names in ALIASES.items()}
EVENT_NAMES = (
    "pv fav favorite favourite cart buy bought view viewed pageview click clicked clickthrough purchase purchased addtocart "
    "addtowishlist wishlist removefromcart transaction order ordered checkout like liked dislike share shared play played "
    "listen skip watch impression show collect collected bookmark save follow comment install download open rate search detail "
    "浏览 点击 收藏 加购 加入购物车 购物车 购买 下单 支付 分享 点赞 评论 瀏覽 點擊 加購 購買 下單 購物車 分享 點讚 評論"
)
EVENT_WORDS = frozenset(EVENT_NAMES.split())
# A first row with one of them is a header. Words for events stand in data too.
ALL_NAMES = (frozenset().union(*KNOWN.values()) | {"id"}) - EVENT_WORDS
ORDER_NAMES = ("eventorder", "order", "position", "rank", "step", "sequence")  # of columns that number the events
BRACKETS = re.compile(r"[(\[{（【［].*?[)\]}）】］]")
OF_ITEM_OR_USER = re.compile(
    r"birth|born|join|regist|sign.?up|member.?since|release|publish|launch|premiere|expir|deadline|出生|生日|注册|註冊|上映|出版|发行|發行|上架|到期"
)  # names of dates that are no times of events
TIME_HINT = re.compile(r"time|date|_at$|_on$|At$|On$|_ts$|^ts_|day|时间|時間|日期|时刻|時刻", re.IGNORECASE)


def names_of(column: str) -> tuple[str, ...]:
    """Normalised forms of a column name to be looked up: as it is, and without what stands in brackets.

    >>> names_of("Rating (1-5)"), names_of("用户 ID")
    (('rating15', 'rating'), ('用户id',))
    """
    name = unicodedata.normalize("NFKC", column)
    return tuple(dict.fromkeys(filter(None, (plain_name(name), plain_name(BRACKETS.sub("", name))))))


def place_in(role: str, column: str) -> int | None:
    """Place of a column name among the names of a role, the first first; None if it is none of them."""
    known = [name for name in names_of(column) if name in KNOWN[role]]
    return ALIASES[role].split().index(known[0]) if known else None
