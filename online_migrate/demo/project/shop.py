"""A small Flask-Migrate application, as its next release will have it."""

import os

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["SHOP_DATABASE_URL"]
db = SQLAlchemy(app)
migrate = Migrate(app, db)


class User(db.Model):
    """A customer. `full_name` is new in this release; `legacy_code` is gone."""

    id = db.Column(db.Integer, primary_key=True)
    first_name = db.Column(db.String(80), nullable=False)
    last_name = db.Column(db.String(80), nullable=False)
    email = db.Column(db.String(120), nullable=False, index=True)
    full_name = db.Column(db.String(161), nullable=False)


class Order(db.Model):
    """A purchase. The foreign key is new in this release."""

    __tablename__ = "orders"

    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("user.id", name="fk_orders_user"), nullable=False)
    total = db.Column(db.Numeric(10, 2), nullable=False)
