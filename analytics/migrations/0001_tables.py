"""All tables as they stood when the steps it replaces had been made, in one."""

import crm.core.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('analytics', '0001_initial'),
        ('analytics', '0002_held_version_and_dismissal'),
        ('analytics', '0003_saved_reports'),
        ('analytics', '0004_chart_funnel'),
    ]

    initial = True

    dependencies = [
        ('customers', '0001_tables'),
        ('sales', '0001_tables'),
        ('team', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Dashboard',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80, verbose_name='Name')),
                ('sharing', models.CharField(choices=[('private', 'Only me'), ('team', 'My team'), ('everyone', 'Everyone')], default='private', max_length=10, verbose_name='Who sees it')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name', 'id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ModelVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('predictor', models.CharField(max_length=30)),
                ('is_sample', models.BooleanField(default=False)),
                ('name', models.CharField(max_length=60)),
                ('status', models.CharField(choices=[('shadow', 'Not published'), ('active', 'In use'), ('retired', 'Retired')], default='shadow', max_length=10)),
                ('verdict', models.CharField(max_length=24)),
                ('algorithm', models.CharField(max_length=40)),
                ('rung', models.CharField(blank=True, max_length=20)),
                ('grade', models.CharField(blank=True, max_length=1)),
                ('features_on', models.DateField()),
                ('window_days', models.PositiveIntegerField(null=True)),
                ('snapshots', models.JSONField(default=list)),
                ('trained_count', models.PositiveIntegerField(default=0)),
                ('features', models.JSONField(default=list)),
                ('metrics', models.JSONField(default=dict)),
                ('contest', models.JSONField(default=list)),
                ('calibration', models.JSONField(default=list)),
                ('thresholds', models.JSONField(default=dict)),
                ('drift', models.JSONField(default=dict)),
                ('library', models.JSONField(default=dict)),
                ('data_hash', models.CharField(max_length=64)),
                ('artifact', models.BinaryField(null=True)),
                ('is_held', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('predictor', 'is_sample', 'name'), name='model_version_unique'), models.UniqueConstraint(condition=models.Q(('status', 'retired'), _negated=True), fields=('predictor', 'is_sample'), name='model_version_current')],
            },
        ),
        migrations.CreateModel(
            name='PredictionFeedback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('predictor', models.CharField(max_length=30)),
                ('answer', models.CharField(max_length=20)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('probability', models.FloatField(null=True)),
                ('model_version', models.CharField(blank=True, max_length=60)),
                ('actor_kind', models.CharField(max_length=12)),
                ('actor_id', models.UUIDField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer')),
            ],
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('as_of', models.DateTimeField(verbose_name='As of')),
                ('features_on', models.DateField(null=True, verbose_name='Features as of')),
                ('data_hash', models.CharField(max_length=64)),
                ('is_contest', models.BooleanField(default=False, verbose_name='With contest')),
                ('state', models.CharField(choices=[('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='running', max_length=10)),
                ('step', models.CharField(blank=True, max_length=60)),
                ('progress', models.FloatField(default=0.0)),
                ('counts', models.JSONField(default=dict)),
                ('timings', models.JSONField(default=dict)),
                ('error', models.TextField(blank=True)),
                ('started_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['-started_at'], name='run_newest')],
            },
        ),
        migrations.CreateModel(
            name='SavedReport',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80, verbose_name='Name')),
                ('sharing', models.CharField(choices=[('private', 'Only me'), ('team', 'My team'), ('everyone', 'Everyone')], default='private', max_length=10, verbose_name='Who sees it')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('chart', models.CharField(choices=[('bar', 'Bars'), ('stacked', 'Stacked bars'), ('line', 'Line'), ('pie', 'Ring'), ('funnel', 'Funnel'), ('number', 'One number'), ('table', 'Only the table')], default='bar', max_length=10, verbose_name='Chart')),
                ('day', models.CharField(blank=True, max_length=60)),
                ('definition', models.JSONField(default=dict)),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name', 'id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PredictionSnapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('week_on', models.DateField()),
                ('churn_probability', models.FloatField()),
                ('churn_band', models.CharField(max_length=10)),
                ('model_version', models.CharField(max_length=60)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('customer', 'week_on'), name='prediction_snapshot_unique')],
            },
        ),
        migrations.CreateModel(
            name='Recommendation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shelf', models.CharField(choices=[('again', 'Buy again'), ('new', 'New for you')], max_length=5)),
                ('rank', models.PositiveSmallIntegerField()),
                ('score', models.FloatField()),
                ('reason_type', models.CharField(choices=[('buy_again', 'Buys it again'), ('similar_customers', 'Similar customers buy it'), ('similar_item', 'Goes with a product bought before'), ('bought_together', 'Bought together'), ('content', 'Similar description'), ('trending', 'Popular now')], max_length=20)),
                ('reason_values', models.JSONField(default=dict)),
                ('reason_text', models.CharField(max_length=300)),
                ('shown_at', models.DateTimeField(null=True)),
                ('clicked_at', models.DateTimeField(null=True)),
                ('accepted_at', models.DateTimeField(null=True)),
                ('dismissed_at', models.DateTimeField(null=True)),
                ('dismissed_for', models.CharField(blank=True, db_default='', max_length=300)),
                ('bought_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sales.product')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('customer', 'shelf', 'product'), name='recommendation_unique')],
            },
        ),
        migrations.CreateModel(
            name='DashboardPlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ready', models.CharField(blank=True, max_length=40)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('width', models.PositiveSmallIntegerField(default=6)),
                ('dashboard', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='places', to='analytics.dashboard')),
                ('report', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='analytics.savedreport')),
            ],
            options={
                'ordering': ['position', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('report__isnull', True), ('ready', ''), _connector='XOR'), name='dashboard_place_of_one_report')],
            },
        ),
    ]
