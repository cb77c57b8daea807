"""Small CSV files to start from: the columns that an upload may have, with two rows each."""

from __future__ import annotations

TEMPLATES = {
    "ratings.csv": "user_id,item_id,rating,timestamp\nanna,tea-01,5,2024-05-31T18:20:00Z\nanna,cup-07,4,2024-06-02T09:05:00Z\n",
    "items.csv": "item_id,title,category,price,description\ntea-01,Green tea,Food,4.50,Loose leaves\ncup-07,Cup,Home,9.00,White china\n",
    "users.csv": "user_id,age,gender\nanna,34,female\nbert,51,male\n",
}
