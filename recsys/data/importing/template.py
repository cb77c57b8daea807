"""CSV templates with all columns an upload may have, and two or three rows each."""

from __future__ import annotations

TEMPLATES = {
    "ratings.csv": (
        "user_id,item_id,rating,timestamp\n"
        "anna,tea-01,5,2024-05-31T18:20:00Z\n"
        "anna,cup-07,4,2024-06-02T09:05:00Z\n"
        "bert,tea-01,3,2024-06-03T12:40:00Z\n"
    ),
    "items.csv": (
        "item_id,title,category,price,description\n"
        "tea-01,Green tea,Food,4.50,Loose leaves\n"
        "cup-07,Cup,Home,9.00,White china\n"
    ),
    "users.csv": "user_id,age,gender\nanna,34,female\nbert,51,male\n",
    "impressions.csv": (
        "user_id,item_id,timestamp,position,clicked\n"
        "anna,tea-01,2024-05-31T18:10:00Z,1,1\n"
        "anna,cup-07,2024-05-31T18:10:00Z,2,0\n"
    ),
}
